//! Okta out of reach while people use the app: its port is closed, or it takes every connection and
//! never answers.
//!
//! The full minute, with its figures:
//! `OUTAGE_SECONDS=60 cargo nextest run -p axum_okta --no-capture an_outage_under_load`

use std::time::{Duration, Instant};

use axum_okta::OktaBuilder;
use futures::future::join_all;
use http::{StatusCode, header};

use crate::harness::{
    App, Browser, Gateway, Outage, SECRET_OF_THE_PAGE, SETUP_CODE, form_for, location,
};

/// What the app is told to wait for Okta.
const OKTA_TIMEOUT: Duration = Duration::from_secs(2);
const PEOPLE: usize = 8;

fn impatient(builder: OktaBuilder) -> OktaBuilder {
    builder
        .okta_timeout(OKTA_TIMEOUT)
        .sign_ins_per_minute(1_000_000)
}

/// An app connected to a provider that can fail, and people signed in to it.
async fn with_people() -> (App, Gateway, Vec<Browser>) {
    let app = App::start().await;
    let gateway = Gateway::start(&app).await;
    let admin = app.browser();
    admin.enter_setup_code(SETUP_CODE).await;
    let form = form_for(&gateway.issuer());
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    // Only now: the provider has taken its time to make a key.
    let app = app.restart_with(impatient).await;
    let people: Vec<Browser> = (0..PEOPLE).map(|_| app.browser()).collect();
    for person in &people {
        assert_eq!(person.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    }
    (app, gateway, people)
}

/// Asks for the guarded page; gives how long the answer took.
async fn opens_a_page(person: &Browser) -> Duration {
    let asked = Instant::now();
    let page = person.page("/protected").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.text().await.unwrap(), SECRET_OF_THE_PAGE);
    asked.elapsed()
}

/// Asks to sign in, and is told that Okta can't be reached; gives how long that took.
async fn is_told_to_try_later(stranger: &Browser, path: &str) -> Duration {
    let asked = Instant::now();
    let answer = stranger.page(path).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    let page = answer.text().await.unwrap();
    assert!(page.contains("Okta can't be reached"), "{page}");
    asked.elapsed()
}

async fn go_on_and_come_back_from(outage: Outage) {
    const ROUNDS: usize = 25;
    let (app, mut gateway, people) = with_people().await;
    let half_way = app.browser();
    let callback = half_way.to_provider_and_back("/protected").await;
    // Nothing is cached after a restart.
    let app = app.restart_with(impatient).await;
    gateway.fail(outage).await;

    let going_on = join_all(people.iter().map(async |person| {
        for _ in 0..ROUNDS {
            opens_a_page(person).await;
        }
    }));
    let strangers: Vec<Browser> = (0..PEOPLE).map(|_| app.browser()).collect();
    let waiting = join_all(
        strangers
            .iter()
            .map(|stranger| is_told_to_try_later(stranger, "/login?return_to=/protected")),
    );
    let (_, slowest, at_callback) = tokio::join!(
        going_on,
        waiting,
        is_told_to_try_later(&half_way, &callback)
    );
    for waited in slowest.into_iter().chain([at_callback]) {
        // A timeout, and room for a busy machine; one after the other they would take eight.
        assert!(waited < 4 * OKTA_TIMEOUT, "{outage:?}: {waited:?}");
    }

    // Signing out works, too; Okta's part of it has to wait.
    let [leaving, staying @ ..] = people.as_slice() else {
        panic!("there are people")
    };
    let asked = Instant::now();
    assert_eq!(location(&leaving.post("/logout").await), "/");
    assert!(asked.elapsed() < 4 * OKTA_TIMEOUT);
    assert!(!leaving.is_signed_in().await);

    gateway.come_back().await;
    let done = strangers[0].sign_in("/protected").await;
    assert_eq!(location(&done), "/protected");
    assert!(strangers[0].is_signed_in().await);
    for person in staying {
        opens_a_page(person).await;
    }
}

#[tokio::test]
async fn while_the_port_of_okta_is_closed_people_go_on_and_sign_in_says_so() {
    go_on_and_come_back_from(Outage::Closed).await;
}

#[tokio::test]
async fn while_okta_never_answers_people_go_on_and_sign_in_says_so() {
    go_on_and_come_back_from(Outage::Silent).await;
}

#[tokio::test]
async fn a_callback_in_an_outage_says_so_with_discovery_at_hand() {
    let (app, mut gateway, _people) = with_people().await;
    for outage in [Outage::Closed, Outage::Silent] {
        let browser = app.browser();
        let callback = browser.to_provider_and_back("/").await;
        gateway.fail(outage).await;
        let waited = is_told_to_try_later(&browser, &callback).await;
        assert!(waited < 4 * OKTA_TIMEOUT, "{outage:?}: {waited:?}");
        assert!(!browser.is_signed_in().await);
        gateway.come_back().await;
        assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn sign_ins_at_a_provider_that_never_answers_do_not_wait_for_one_another() {
    const STRANGERS: u32 = 20;
    let (app, mut gateway, _people) = with_people().await;
    let app = app.restart_with(impatient).await;
    gateway.fail(Outage::Silent).await;
    let strangers: Vec<Browser> = (0..STRANGERS).map(|_| app.browser()).collect();
    let waited = join_all(
        strangers
            .iter()
            .map(|stranger| is_told_to_try_later(stranger, "/login")),
    )
    .await;
    let slowest = waited.into_iter().max().unwrap();
    assert!(slowest < OKTA_TIMEOUT * STRANGERS / 2, "{slowest:?}");
}

#[tokio::test]
async fn sign_ins_at_the_same_moment_ask_for_discovery_once() {
    let (app, gateway, _people) = with_people().await;
    let app = app.restart_with(impatient).await;
    gateway.provider.now().discovery_delay = Duration::from_millis(100);
    let asked = gateway.provider.asked("discovery");
    let strangers: Vec<Browser> = (0..PEOPLE).map(|_| app.browser()).collect();
    let logins = join_all(strangers.iter().map(|stranger| stranger.page("/login"))).await;
    for login in logins {
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(gateway.provider.asked("discovery"), asked + 1);
}

/// How many answers there were, and the slowest of them.
#[derive(Default)]
struct Figures {
    answers: usize,
    slowest: Duration,
}

impl Figures {
    async fn until(end: Instant, mut ask: impl AsyncFnMut() -> Duration) -> Self {
        let mut figures = Self::default();
        while Instant::now() < end {
            let took = ask().await;
            figures.answers += 1;
            figures.slowest = figures.slowest.max(took);
        }
        figures
    }

    fn sum(all: Vec<Self>) -> Self {
        Self {
            answers: all.iter().map(|figures| figures.answers).sum(),
            slowest: all.iter().map(|figures| figures.slowest).max().unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_under_load_is_survived() {
    let seconds = std::env::var("OUTAGE_SECONDS").ok();
    let seconds: u64 = seconds.map_or(4, |seconds| seconds.parse().expect("a number"));
    let (mut app, mut gateway, people) = with_people().await;
    let strangers: Vec<Browser> = (0..PEOPLE).map(|_| app.browser()).collect();
    for outage in [Outage::Closed, Outage::Silent] {
        // Nothing is cached after a restart.
        app = app.restart_with(impatient).await;
        gateway.fail(outage).await;
        let end = Instant::now() + Duration::from_secs(seconds) / 2;
        let (going_on, waiting) = tokio::join!(
            join_all(
                people
                    .iter()
                    .map(|person| Figures::until(end, async || opens_a_page(person).await))
            ),
            join_all(strangers.iter().map(|stranger| {
                Figures::until(end, async || is_told_to_try_later(stranger, "/login").await)
            })),
        );
        let (going_on, waiting) = (Figures::sum(going_on), Figures::sum(waiting));
        println!(
            "{outage:?} for {} s: {} guarded pages for {PEOPLE} people signed in, the slowest after {:?}; {} answers \
             to {PEOPLE} people at /login, the slowest after {:?}",
            seconds as f64 / 2.0,
            going_on.answers,
            going_on.slowest,
            waiting.answers,
            waiting.slowest,
        );
        // Whoever waited for Okta would have one answer a timeout.
        let timeouts = seconds / 2 / OKTA_TIMEOUT.as_secs() + 1;
        assert!(going_on.answers as u64 > 5 * timeouts * PEOPLE as u64);
        assert!(waiting.slowest < 4 * OKTA_TIMEOUT);
    }
    gateway.come_back().await;
    let done = strangers[0].sign_in("/protected").await;
    assert_eq!(location(&done), "/protected");
}
