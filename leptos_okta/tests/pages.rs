//! Pages and server functions of an app with this plugin, over HTTP: what they hold, and what they
//! say when a line is missing.
#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::{
    io::{self, Write},
    sync::Mutex,
    time::{Duration, SystemTime},
};

use axum::{Extension, Router, http::header};
use axum_okta::{Identity, Okta, guard::CurrentIdentity, identity::Timestamp};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_okta::{
    BrowserIdentity, OktaSettings, RequireAuth, SessionNotice, provide_okta, provide_okta_with,
    require_auth, use_identity,
};
use leptos_router::{
    SsrMode,
    components::{Route, Routes},
    path,
};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use tempfile::TempDir;
use tokio::net::TcpListener;

#[component]
fn App() -> impl IntoView {
    provide_okta();
    view! { <Pages/> }
}

#[component]
fn AppWithNotice() -> impl IntoView {
    provide_okta();
    view! { <Pages/><SessionNotice/> }
}

#[component]
fn GenerousApp() -> impl IntoView {
    provide_okta_with(
        BrowserIdentity::new()
            .groups(["Group 7", "Sales"])
            .claims(["department", "unknown"]),
    );
    view! { <Pages/> }
}

#[component]
fn AppWithoutOkta() -> impl IntoView {
    view! { <Pages/> }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <leptos_router::components::Router>
            <Routes fallback=|| "Not found">
                <Route path=path!("/home") view=Home/>
                <Route path=path!("/guarded") view=Guarded/>
                <Route path=path!("/recent") view=Recent/>
                <Route path=path!("/settings") ssr=SsrMode::Async view=OktaSettings/>
                <Route path=path!("/group") view=|| view! { <OfGroup group="Group 7"/> }/>
                <Route path=path!("/sales") view=|| view! { <OfGroup group="Sales"/> }/>
            </Routes>
        </leptos_router::components::Router>
    }
}

#[component]
fn Home() -> impl IntoView {
    let identity = use_identity();
    let groups = move || identity.get()?.groups.as_ref().map(Vec::len);
    view! { <p>"Groups: " {groups}</p> }
}

#[component]
fn Guarded() -> impl IntoView {
    view! { <RequireAuth>"For people who are signed in"</RequireAuth> }
}

#[component]
fn Recent() -> impl IntoView {
    view! { <RequireAuth max_age=RECENT amr="mfa">"For a recent sign-in"</RequireAuth> }
}

const RECENT: Duration = Duration::from_secs(300);

#[server(endpoint = "pay")]
async fn pay() -> Result<String, ServerFnError> {
    require_auth().max_age(RECENT).amr("mfa").await?;
    Ok("Paid".to_owned())
}

#[component]
fn OfGroup(group: &'static str) -> impl IntoView {
    view! {
        <RequireAuth group>"For the group"</RequireAuth>
        <RequireAuth group>"For the group again"</RequireAuth>
    }
}

#[server(endpoint = "greeting")]
async fn greeting() -> Result<String, ServerFnError> {
    let identity = require_auth().group("Group 9999").await?;
    Ok(format!("Hello, {}!", identity.display_name()))
}

/// An app that listens, and a client that follows no redirect.
struct Site {
    url: String,
    _folder: TempDir,
}

impl Site {
    /// With the extensions that the layer puts into a request.
    async fn start<V: IntoView + 'static>(
        app: impl Fn() -> V + Clone + Send + Sync + 'static,
        identity: Option<Identity>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("okta.db").display());
        let okta = Okta::builder().database(database).prefix("/auth");
        let okta = okta.open().await.unwrap();
        let router = router(app)
            .layer(Extension(CurrentIdentity::new(identity)))
            .layer(Extension(okta));
        Self::serve(router, folder).await
    }

    async fn start_without_layer<V: IntoView + 'static>(
        app: impl Fn() -> V + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::serve(router(app), tempfile::tempdir().unwrap()).await
    }

    async fn serve(router: Router, folder: TempDir) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self {
            url,
            _folder: folder,
        }
    }

    async fn get(&self, path: &str) -> Response {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let request = client.get(format!("{}{path}", self.url));
        request.send().await.unwrap()
    }

    async fn html(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        page.text().await.unwrap()
    }

    async fn call(&self, function: &str) -> Response {
        let request = Client::new().post(format!("{}/api/{function}", self.url));
        request.send().await.unwrap()
    }

    async fn call_greeting(&self) -> (StatusCode, String) {
        let answer = self.call("greeting").await;
        (answer.status(), answer.text().await.unwrap())
    }
}

fn router<V: IntoView + 'static>(app: impl Fn() -> V + Clone + Send + Sync + 'static) -> Router {
    let options = LeptosOptions::builder().output_name("test").build();
    let routes = generate_route_list(app.clone());
    Router::new()
        .leptos_routes(&options, routes, move || {
            view! {
                <!DOCTYPE html>
                <html>
                    <head></head>
                    <body>{app()}</body>
                </html>
            }
        })
        .with_state(options)
}

fn ada() -> Identity {
    let mut ada = Identity::new("https://dev-1.okta.com", "00u1ada");
    ada.name = Some("Ada Lovelace".to_owned());
    ada.email = Some("ada@example.com".to_owned());
    ada.roles = vec!["editor".to_owned()];
    ada.groups = Some((0..10_000).map(|n| format!("Group {n}")).collect());
    let claims = [("department", "Astronomy"), ("salary", "a secret")];
    ada.claims = claims
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
        .collect();
    ada
}

/// The log of this process.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() {
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(|| Self);
        // Another test of this process may have done it.
        let _already = log.try_init();
    }

    fn text() -> String {
        String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn a_person_in_ten_thousand_groups_gets_a_page_of_normal_size() {
    let site = Site::start(App, Some(ada())).await;
    let html = site.html("/home").await;
    assert!(html.len() < 2_000, "{} bytes: {html}", html.len());
    for sent in ["Ada Lovelace", "ada@example.com", "00u1ada", "editor"] {
        assert!(html.contains(sent), "{sent} is missing: {html}");
    }
    for kept in ["Group 7", "department", "Astronomy", "salary"] {
        assert!(!html.contains(kept), "{kept} was sent: {html}");
    }
}

#[tokio::test]
async fn components_on_the_server_see_all_groups() {
    let site = Site::start(App, Some(ada())).await;
    let html = site.html("/home").await;
    assert!(html.contains("10000"), "{html}");
}

#[tokio::test]
async fn the_host_chooses_what_else_is_sent() {
    let site = Site::start(GenerousApp, Some(ada())).await;
    let html = site.html("/home").await;
    for sent in ["Group 7", "department", "Astronomy"] {
        assert!(html.contains(sent), "{sent} is missing: {html}");
    }
    for kept in ["Group 8", "Group 77", "Sales", "salary", "unknown"] {
        assert!(!html.contains(kept), "{kept} was sent: {html}");
    }
}

/// How often a page says to the browser whether somebody is in the group.
fn told(html: &str, group: &str, is_in: bool) -> usize {
    let said = if is_in { "in" } else { "not in" };
    html.matches(&format!(r#""{said} {group}""#)).count()
}

#[tokio::test]
async fn what_a_guard_decided_by_a_group_travels_with_the_page_once() {
    let site = Site::start(App, Some(ada())).await;
    let html = site.html("/group").await;
    assert!(html.contains("For the group again"), "{html}");
    assert_eq!(told(&html, "Group 7", true), 1, "{html}");

    let refused = site.get("/sales").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let html = refused.text().await.unwrap();
    assert!(!html.contains("For the group"), "{html}");
    assert_eq!(told(&html, "Sales", false), 1, "{html}");
}

#[tokio::test]
async fn a_group_that_is_sent_needs_no_decision_in_the_page() {
    let site = Site::start(GenerousApp, Some(ada())).await;
    let html = site.html("/group").await;
    assert!(html.contains("For the group again"), "{html}");
    assert_eq!(told(&html, "Group 7", true), 0, "{html}");
    assert_eq!(site.get("/sales").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn server_functions_decide_by_the_whole_identity() {
    let site = Site::start(App, Some(ada())).await;
    let (status, answer) = site.call_greeting().await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.contains("Hello, Ada Lovelace!"), "{answer}");

    let site = Site::start(App, Some(Identity::new("https://dev-1.okta.com", "00u2"))).await;
    assert_eq!(site.call_greeting().await.0, StatusCode::FORBIDDEN);
    let site = Site::start(App, None).await;
    assert_eq!(site.call_greeting().await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nobody_is_sent_to_the_sign_in_of_the_plugin() {
    let site = Site::start(App, None).await;
    for name in ["guarded", "group"] {
        let answer = site.get(&format!("/{name}")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name}");
        let location = answer.headers()[header::LOCATION].to_str().unwrap();
        assert_eq!(location, format!("/auth/login?return_to=%2F{name}"));
    }
}

/// Ada, who signed in at Okta that long ago, with a second factor.
fn ada_who_signed_in(ago: Duration) -> Identity {
    let at = SystemTime::now() - ago;
    let at = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut ada = ada();
    ada.auth_time = Some(Timestamp(at.try_into().unwrap()));
    ada.amr = vec!["pwd".to_owned(), "mfa".to_owned()];
    ada
}

#[tokio::test]
async fn a_recent_sign_in_opens_what_asks_for_one() {
    let site = Site::start(App, Some(ada_who_signed_in(Duration::ZERO))).await;
    let html = site.html("/recent").await;
    assert!(html.contains("For a recent sign-in"), "{html}");
    // The browser decides the same.
    assert!(html.contains("auth_time"), "{html}");
    assert_eq!(site.call("pay").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn whoever_signed_in_too_long_ago_is_offered_to_confirm_that_it_is_them() {
    const CHALLENGE: &str = "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
    for person in [ada_who_signed_in(Duration::from_secs(3600)), ada()] {
        let site = Site::start(App, Some(person)).await;
        let page = site.get("/recent").await;
        assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(page.headers()[header::WWW_AUTHENTICATE], CHALLENGE);
        let html = page.text().await.unwrap();
        assert!(!html.contains("For a recent sign-in"), "{html}");
        assert!(
            html.contains("at most 5 minutes old and used “mfa”"),
            "{html}"
        );
        let way = "/auth/login?return_to=%2Frecent&amp;max_age=300&amp;amr=mfa";
        assert!(html.contains(way), "{html}");

        let refused = site.call("pay").await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(refused.headers()[header::WWW_AUTHENTICATE], CHALLENGE);
        let answer = refused.text().await.unwrap();
        assert!(answer.contains("[max_age=300&amr=mfa]"), "{answer}");
    }
    let site = Site::start(App, None).await;
    let answer = site.get("/recent").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let location = answer.headers()[header::LOCATION].to_str().unwrap();
    let login = "/auth/login?return_to=%2Frecent&max_age=300&amr=mfa";
    assert_eq!(location, login);
}

#[tokio::test]
async fn the_notice_knows_whose_page_it_is_on_and_escapes_it() {
    let mut person = Identity::new("https://dev-1.okta.com", "\"><script>alert(1)</script>");
    person.name = Some("Ada".to_owned());
    let site = Site::start(AppWithNotice, Some(person)).await;
    let html = site.html("/home").await;
    assert!(
        html.contains(r#"data-address="/auth/api/identity""#),
        "{html}"
    );
    assert!(
        html.contains(r#"src="/auth/api/okta/session.js""#),
        "{html}"
    );
    assert!(!html.contains("<script>alert"), "{html}");
    assert!(html.contains("You’re signed out."), "{html}");

    let html = Site::start(AppWithNotice, None).await.html("/home").await;
    assert!(!html.contains("data-person"), "{html}");
    let site = Site::start_without_layer(AppWithNotice).await;
    assert!(!site.html("/home").await.contains("session.js"));
}

/// A guarded page is an error that names the line, in the page and in the log.
async fn expect_not_set_up(site: &Site, line: &str) {
    for path in ["/guarded", "/group"] {
        let page = site.get(path).await;
        assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(!page.headers().contains_key(header::LOCATION), "{path}");
        let html = page.text().await.unwrap();
        assert!(html.contains(line), "{path}: {html}");
        assert!(!html.contains("For "), "{path}: {html}");
    }
    let log = Log::text();
    assert!(log.contains("ERROR") && log.contains(line), "{log}");
    assert_eq!(site.get("/home").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_guard_without_the_layer_says_so_rather_than_to_redirect_for_ever() {
    Log::start();
    let site = Site::start_without_layer(App).await;
    assert_eq!(Log::text(), "", "listing the routes is no mistake");
    expect_not_set_up(&site, "okta.add_to(").await;
}

#[tokio::test]
async fn a_guard_without_provide_okta_says_so_rather_than_to_redirect_to_a_login_of_the_host() {
    Log::start();
    let site = Site::start(AppWithoutOkta, Some(ada())).await;
    expect_not_set_up(&site, "provide_okta()").await;
}

#[tokio::test]
async fn the_settings_page_without_the_layer_says_so() {
    Log::start();
    let site = Site::start_without_layer(AppWithoutOkta).await;
    assert_eq!(Log::text(), "", "listing the routes is no mistake");
    let page = site.get("/settings").await;
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let html = page.text().await.unwrap();
    assert!(html.contains("okta.add_to("), "{html}");

    // By a link in the app, which would take another status for no answer.
    let content = Client::new().post(format!("{}/api/okta/settings_page", site.url));
    let content = content.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let content = content
        .body("path=%2Fsettings&search=")
        .send()
        .await
        .unwrap();
    assert_eq!(content.status(), StatusCode::OK);
    assert!(content.text().await.unwrap().contains("okta.add_to("));
    let log = Log::text();
    assert!(
        log.contains("ERROR") && log.contains("okta.add_to("),
        "{log}"
    );
}

#[tokio::test]
async fn a_server_function_without_the_layer_says_so() {
    Log::start();
    let site = Site::start_without_layer(App).await;
    let (status, answer) = site.call_greeting().await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.contains("okta.add_to("), "{answer}");
    let log = Log::text();
    assert!(
        log.contains("ERROR") && log.contains("okta.add_to("),
        "{log}"
    );
}
