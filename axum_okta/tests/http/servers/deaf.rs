//! While a server can't hear the others, or not even the database.

use http::{StatusCode, header};
use sqlx::{Connection, Executor, PgConnection};

use super::{HEARD, eventually, on, until};
use crate::harness::{App, Browser, Carries, Log, Wire, postgres, session_id, table};

/// A server, and one whose wire to the database can fail, with somebody signed in whom both know.
struct Pair {
    sound: App,
    faulty: App,
    wire: Wire,
    admin: Browser,
    session: String,
    log: Log,
    _listening: tracing::subscriber::DefaultGuard,
}

impl Pair {
    async fn start() -> Self {
        let log = Log::default();
        let listening = log.listen("axum_okta=info");
        let database = postgres::database().await;
        let wire = Wire::to(&database).await;
        let sound = App::start_with(on(&database)).await;
        let faulty = App::start_with(on(&wire.url)).await;
        log.until_so_often(HEARD, 2).await;
        let (_provider, admin) = sound.connected().await;
        let session = session_id(&admin.sign_in("/").await);
        admin.set_roles(&table(&[("Engineering", "editor")])).await;
        until(&faulty, "/editors", &session, StatusCode::OK).await;
        Self {
            sound,
            faulty,
            wire,
            admin,
            session,
            log,
            _listening: listening,
        }
    }
}

#[tokio::test]
async fn a_server_that_hears_nothing_obeys_nevertheless() {
    let pair = Pair::start().await;
    pair.wire.now_carries(Carries::NoNotifications);
    pair.admin.set_roles(&table(&[])).await;
    until(
        &pair.faulty,
        "/editors",
        &pair.session,
        StatusCode::FORBIDDEN,
    )
    .await;
    pair.admin.post("/logout").await;
    until(
        &pair.faulty,
        "/api/identity",
        &pair.session,
        StatusCode::UNAUTHORIZED,
    )
    .await;
    pair.wire.now_carries(Carries::Everything);
    pair.log.until_so_often(HEARD, 3).await;
}

#[tokio::test]
async fn a_server_without_a_database_lets_nobody_in_and_nobody_loses_their_session() {
    let pair = Pair::start().await;
    pair.wire.now_carries(Carries::Nothing);
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    until(&pair.faulty, "/api/identity", &pair.session, unavailable).await;
    let cookies = format!("okta_session={}", pair.session);
    let browser = pair.faulty.browser();
    let page = browser.request(http::Method::GET, "/protected");
    let page = page
        .header(header::COOKIE, &cookies)
        .header(header::ACCEPT, "text/html");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), unavailable);
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
    assert!(page.cookies().next().is_none(), "the session is kept");
    let page = page.text().await.unwrap();
    assert!(
        page.contains("You're still signed in") || page.contains("You&#39;re still"),
        "{page}"
    );
    // The others go on.
    until(&pair.sound, "/api/identity", &pair.session, StatusCode::OK).await;
    pair.wire.now_carries(Carries::Everything);
    until(&pair.faulty, "/api/identity", &pair.session, StatusCode::OK).await;
    pair.log.until_so_often(HEARD, 3).await;
}

/// The only connection of the pool, in the middle of a statement.
#[tokio::test]
async fn a_database_that_stops_in_the_middle_of_a_statement_keeps_nobody_waiting() {
    let database = postgres::database().await;
    let wire = Wire::to(&database).await;
    let url = format!("{}&max_connections=1", wire.url);
    let app = App::start_with(on(&url)).await;
    let (_provider, _admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;

    let mut other = PgConnection::connect(&database).await.unwrap();
    let mut lock = other.begin().await.unwrap();
    lock.execute("LOCK TABLE okta_used_state").await.unwrap();
    let mut watcher = PgConnection::connect(&database).await.unwrap();
    let stops = async {
        while !waits_for(&mut watcher, "okta_used_state").await {}
        wire.loses_connections();
    };
    let (answer, ()) = tokio::join!(browser.page(&callback), stops);
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    lock.rollback().await.unwrap();

    // And the pool does not keep a place for what is lost.
    let signs_in = async || {
        let browser = app.browser();
        let login = browser.page("/login").await;
        let callback = browser.at_provider(&login).await;
        browser.page(&callback).await.status() == StatusCode::SEE_OTHER
    };
    eventually("people sign in again", signs_in).await;
}

/// Whether a statement waits for a lock of this table.
async fn waits_for(database: &mut PgConnection, table: &str) -> bool {
    let waits =
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::regclass)";
    let waits = sqlx::query_scalar(waits).bind(table);
    waits.fetch_one(database).await.unwrap()
}
