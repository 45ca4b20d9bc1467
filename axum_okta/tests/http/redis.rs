//! Sessions in Redis: the ways of people, and what happens when it is not there.

use std::{error::Error, fs};

use axum_okta::{
    Okta, OktaBuilder, Readiness,
    error::{OpenError, StoreError},
    sessions::SessionEnded,
};
use http::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::mpsc::unbounded_channel;

use crate::{
    harness::{
        App, Certificate, Example, Log, Redis, SETUP_CODE, ada, form_with, free_port, grace,
        postgres, session_id, table,
    },
    servers::eventually,
};

const PASSWORD: &str = "a-password-for-tests";

fn with(redis: &Redis) -> impl FnOnce(OktaBuilder) -> OktaBuilder {
    let url = redis.url();
    move |builder| builder.sessions_url(url)
}

/// Opens an app of its own with its sessions there.
fn on_postgres(redis: &Redis, url: &str) -> impl FnOnce(OktaBuilder) -> OktaBuilder {
    let (redis, url) = (redis.url(), url.to_owned());
    move |builder| {
        let key = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=".to_owned();
        let builder = builder.sessions_url(redis);
        builder.database(url).encryption_key(key)
    }
}

async fn open(sessions_url: &str) -> Result<Okta, OpenError> {
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("okta.db").display());
    let builder = Okta::builder().database(database);
    builder.sessions_url(sessions_url).open().await
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn people_sign_in_stay_signed_in_over_a_restart_and_sign_out() {
    let redis = Redis::start();
    let app = App::start_with(with(&redis)).await;
    let (provider, admin) = app.connected().await;
    let copy = session_id(&admin.sign_in("/").await);
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
    let roles = table(&[("Engineering", "editor")]);
    assert_eq!(
        admin.set_roles(&roles).await.status(),
        StatusCode::NO_CONTENT
    );
    // What a host keeps beside it.
    admin.post("/note").await;

    let app = app.restart_with(with(&redis)).await;
    assert_eq!(admin.identity().await["roles"], json!(["admin", "editor"]));
    assert_eq!(admin.api("/protected").await.status(), StatusCode::OK);
    assert_eq!(admin.json::<Value>("/note").await, "left here");
    assert_eq!(admin.post("/logout").await.status(), StatusCode::SEE_OTHER);
    assert!(!admin.is_signed_in().await);
    let copied = app.with_session("/api/identity", &copy).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
    let again = app.signed_in(&provider, grace()).await;
    assert_eq!(again.subject().await, "00u2grace");
    provider.now().person = ada();
    admin.sign_in("/").await;
    let audit = admin.audit().await;
    let events = audit.as_array().unwrap().iter();
    let events: Vec<_> = events.map(|entry| &entry["event"]).take(4).collect();
    assert_eq!(
        events,
        ["signed_in", "signed_in", "signed_out", "roles_changed"]
    );

    let rows = sqlx::query_as("SELECT COUNT(*) FROM okta_session");
    let (rows,): (i64,) = rows.fetch_one(&mut app.sql().await).await.unwrap();
    assert_eq!(rows, 0, "none is in the database");
}

#[tokio::test]
async fn a_session_that_ends_on_one_server_ends_on_all() {
    let redis = Redis::start();
    let url = postgres::database().await;
    let start = || App::start_with(on_postgres(&redis, &url));
    let one = start().await;
    let (_provider, browser) = one.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let other = start().await;
    let identity = other.with_session("/api/identity", &session).await;
    assert_eq!(identity.status(), StatusCode::OK);
    browser.post("/logout").await;
    // It hears of it through the database.
    let is_signed_in = async || {
        let identity = other.with_session("/api/identity", &session).await;
        identity.status() == StatusCode::OK
    };
    while is_signed_in().await {
        tokio::task::yield_now().await;
    }
    let third = start().await;
    let identity = third.with_session("/api/identity", &session).await;
    assert_eq!(identity.status(), StatusCode::UNAUTHORIZED);
}

/// It has ended in Redis by then, where nobody finds it again.
#[tokio::test]
async fn a_sign_out_that_the_database_refuses_is_recorded_later() {
    let redis = Redis::start();
    let url = postgres::database().await;
    let app = App::start_with(on_postgres(&redis, &url)).await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let browser = app.browser();
    browser.sign_in("/").await;
    let mut database = PgConnection::connect(&url).await.unwrap();
    refuse(&mut database, "signed_out").await;
    let recorded = async || {
        let audit = admin.audit().await;
        let entries = audit.as_array().unwrap().iter();
        entries.filter(|it| it["event"] == "signed_out").count()
    };
    browser.post("/logout").await;
    assert!(!browser.is_signed_in().await);
    assert_eq!(recorded().await, 0);
    database.execute(REFUSE_NO_MORE).await.unwrap();
    eventually("it is recorded", async || recorded().await == 1).await;
}

/// Refuses entries of this event, when they are committed.
async fn refuse(database: &mut PgConnection, event: &str) {
    let refuse = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'refused'; END$$; \
         CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON okta_audit DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW WHEN (NEW.event = '{event}') EXECUTE FUNCTION refuse()"
    );
    database.execute(AssertSqlSafe(refuse)).await.unwrap();
}

const REFUSE_NO_MORE: &str = "DROP TRIGGER refuse ON okta_audit";

/// They have ended in Redis by then, where nobody finds them again, and are never announced.
#[tokio::test]
async fn sessions_whose_end_the_database_refuses_end_on_all_servers_and_are_recorded_later() {
    let redis = Redis::start();
    let url = postgres::database().await;
    let one = App::start_with(on_postgres(&redis, &url)).await;
    let (_provider, browser) = one.connected().await;
    browser.sign_in("/").await;
    let session = session_id(&one.browser().sign_in("/").await);
    let other = App::start_with(on_postgres(&redis, &url)).await;
    let is_signed_in = async || {
        let identity = other.with_session("/api/identity", &session).await;
        identity.status() == StatusCode::OK
    };
    assert!(is_signed_in().await);

    let mut database = PgConnection::connect(&url).await.unwrap();
    refuse(&mut database, "signed_out_everywhere").await;
    browser.submit("/logout", &[("everywhere", "1")]).await;
    let left: Vec<String> = redis.ask(&["KEYS", "okta:session:*"]).await;
    assert_eq!(left, [""; 0]);
    eventually("the other server refuses it", async || {
        !is_signed_in().await
    })
    .await;
    database.execute(REFUSE_NO_MORE).await.unwrap();
    // Whoever signs in before the end is stored is ended with it.
    let stored = "SELECT COUNT(*) FROM okta_audit WHERE event = 'signed_out_everywhere'";
    while sqlx::query_scalar::<_, i64>(stored)
        .fetch_one(&mut database)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
    browser.sign_in("/").await;
    let audit = browser.audit().await;
    let entries = audit.as_array().unwrap().iter();
    let ended: Vec<_> = entries
        .filter(|entry| entry["event"] == "signed_out_everywhere")
        .map(|entry| &entry["detail"])
        .collect();
    assert_eq!(ended, ["1 other session"], "not 0, and once");
}

#[tokio::test]
async fn a_host_that_ends_a_session_ends_it_for_every_copy_of_the_cookie() {
    let redis = Redis::start();
    let app = App::start_with(with(&redis)).await;
    let (_provider, _admin) = app.connected().await;
    for end in ["/flush", "/delete", "/cycle-id"] {
        let browser = app.browser();
        let session = session_id(&browser.sign_in("/").await);
        assert!(browser.is_signed_in().await);
        assert_eq!(browser.post(end).await.status(), StatusCode::OK, "{end}");
        let copied = app.with_session("/api/identity", &session).await;
        assert_eq!(copied.status(), StatusCode::UNAUTHORIZED, "{end}");
        // Under its new id a session goes on.
        assert_eq!(browser.is_signed_in().await, end == "/cycle-id", "{end}");
    }
}

/// What a sign-in keeps of the browser's session before it: nothing.
#[tokio::test]
async fn the_session_before_a_sign_in_ends_with_it() {
    let redis = Redis::start();
    let app = App::start_with(with(&redis)).await;
    let (_provider, browser) = app.connected().await;
    let before = session_id(&browser.post("/note").await);
    let after = session_id(&browser.sign_in("/").await);
    assert_ne!(before, after);
    assert_eq!(browser.json::<Value>("/note").await, Value::Null);
    let app = app.restart_with(with(&redis)).await;
    let copied = app.with_session("/note", &before).await;
    assert_eq!(copied.json::<Value>().await.unwrap(), Value::Null);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn while_it_is_down_only_those_in_memory_are_let_in_and_an_end_is_stored_later() {
    let mut redis = keeping_everything();
    let app = App::start_with(with(&redis)).await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    provider.now().person = grace();
    let leaving = app.browser();
    let left = session_id(&leaving.sign_in("/").await);
    let unknown = session_id(&app.browser().sign_in("/").await);
    assert!(admin.is_signed_in().await && leaving.is_signed_in().await);
    assert!(app.okta.is_ready().await);

    redis.stop();
    assert_eq!(admin.api("/protected").await.status(), StatusCode::OK);
    let refused = app.with_session("/api/protected", &unknown).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let readiness = app.okta.readiness().await;
    assert_eq!(readiness, Readiness::SessionsUnavailable);
    let refused = app.browser().sign_in("/").await;
    assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let signed_out = leaving.post("/logout").await;
    assert_eq!(session_id(&signed_out), "", "the cookie is taken away");
    let copied = app.with_session("/api/identity", &left).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);

    redis.start_again();
    // The first request finds it again.
    let found = app.with_session("/api/protected", &unknown).await;
    assert_eq!(found.status(), StatusCode::OK);
    assert!(app.okta.is_ready().await);
    // Tried again until it is stored: then only the two others are there.
    let sessions = ["KEYS", "okta:session:*"];
    while redis.ask::<Vec<String>>(&sessions).await.len() > 2 {
        tokio::task::yield_now().await;
    }
    let app = app.restart_with(with(&redis)).await;
    let copied = app.with_session("/api/identity", &left).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
    assert!(admin.is_signed_in().await);
}

/// Which of them have ended meanwhile, nobody knows.
#[tokio::test]
async fn while_it_is_down_none_of_several_servers_lets_anybody_in_and_nobody_loses_their_session() {
    let mut redis = keeping_everything();
    let url = postgres::database().await;
    let app = App::start_with(on_postgres(&redis, &url)).await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    assert_eq!(browser.api("/protected").await.status(), StatusCode::OK);
    redis.stop();
    let is_refused = async || {
        let answer = browser.api("/protected").await;
        answer.status() == StatusCode::SERVICE_UNAVAILABLE
    };
    eventually("nobody is let in", is_refused).await;
    redis.start_again();
    assert_eq!(browser.api("/protected").await.status(), StatusCode::OK);
}

/// With what `docs/deploy.md` says.
fn keeping_everything() -> Redis {
    Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_stored_leaves_nothing_behind() {
    let redis = Redis::start();
    let app = App::start_with(with(&redis)).await;
    let (_provider, browser) = app.connected().await;
    let callback = browser.to_provider_and_back("/").await;
    // Nothing more fits.
    let full = ["CONFIG", "SET", "maxmemory", "1"];
    let _: String = redis.ask(&full).await;
    let refused = browser.page(&callback).await;
    assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(refused.text().await.unwrap().contains("couldn't save"));
    assert!(!app.okta.is_ready().await);
    let entries = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM okta_admin) + (SELECT COUNT(*) FROM okta_audit WHERE event = 'signed_in')",
    );
    let (entries,): (i64,) = entries.fetch_one(&mut app.sql().await).await.unwrap();
    assert_eq!(entries, 0);

    let _: String = redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.identity().await["roles"], json!(["admin"]));
}

#[tokio::test]
async fn a_server_that_forgot_everything_signs_people_out_and_in_again() {
    let mut redis = Redis::start();
    let app = App::start_with(with(&redis)).await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    redis.stop();
    redis.start_again();
    let app = app.restart_with(with(&redis)).await;
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(browser.is_signed_in().await);
    drop(app);
}

#[tokio::test]
async fn nobody_is_signed_out_by_a_restart_of_one_that_keeps_everything() {
    let mut redis = keeping_everything();
    let app = App::start_with(with(&redis)).await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    redis.stop();
    redis.start_again();
    let identity = app.with_session("/api/identity", &session).await;
    assert_eq!(identity.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_app_starts_closed_without_it_and_opens_with_it() {
    let mut redis = Redis::start();
    redis.stop();
    let app = App::start_with(with(&redis)).await;
    assert!(!app.okta.is_ready().await);
    let page = app.browser().page("/login").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    redis.start_again();
    app.okta.opened().await;
    assert!(app.okta.is_ready().await);
    app.okta.prepare_setup().await.unwrap();
    app.browser().enter_setup_code(SETUP_CODE).await;
}

#[tokio::test]
async fn a_url_that_cannot_be_used_says_what_one_looks_like() {
    for (url, kind) in [
        ("memcached://127.0.0.1", "memcached"),
        ("redis://:hunter2@host:port", "redis"),
        ("rediss://127.0.0.1/#insecure", "rediss"),
        ("hunter2", ""),
    ] {
        let error = open(url).await.unwrap_err();
        let is_named = matches!(&error, OpenError::SessionsUrl(named) if named == kind);
        assert!(is_named, "{error}");
        assert!(!with_causes(&error).contains("hunter2"));
    }
    let error = open("redis://127.0.0.1:1/").await.unwrap_err();
    let OpenError::Store(StoreError::ConnectSessions { server, .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(server, "127.0.0.1:1");
    assert!(error.to_string().contains("OKTA_SESSIONS_URL"));
}

/// One that asks for a password, over TLS and not.
struct Locked {
    redis: Redis,
    port: u16,
    tls_port: u16,
    certificates: tempfile::TempDir,
}

impl Locked {
    async fn start() -> Self {
        let certificates = tempfile::tempdir().unwrap();
        let made = Certificate::for_localhost();
        let write = |name: &str, pem: String| {
            let file = certificates.path().join(name);
            fs::write(&file, pem).unwrap();
            file.display().to_string()
        };
        write("authority.pem", made.authority);
        let certificate = write("server.crt", made.certificate);
        let key = write("server.key", made.key);
        let [port, tls_port] = [free_port().await, free_port().await];
        let redis = Redis::start_with(&[
            "--bind",
            "127.0.0.1",
            "--requirepass",
            PASSWORD,
            // As `docs/deploy.md` says.
            "--user",
            "okta",
            "on",
            &format!(">{PASSWORD}"),
            "~okta:*",
            "+@all",
            "-@dangerous",
            "+info",
            "--port",
            &port.to_string(),
            "--tls-port",
            &tls_port.to_string(),
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &certificate,
            "--tls-auth-clients",
            "no",
        ]);
        Self {
            redis,
            port,
            tls_port,
            certificates,
        }
    }

    fn url(&self) -> String {
        format!("redis://okta:{PASSWORD}@localhost:{}", self.port)
    }

    fn tls_url(&self, host: &str) -> String {
        format!("rediss://okta:{PASSWORD}@{host}:{}", self.tls_port)
    }
}

#[tokio::test]
async fn a_password_is_in_no_error_and_no_log() {
    let log = Log::default();
    let _listening = log.listen("trace");
    let mut locked = Locked::start().await;
    let app = App::start_with(|builder| builder.sessions_url(locked.url())).await;
    assert!(app.okta.is_ready().await);
    let wrong = locked.url().replace(PASSWORD, "wrong-password");
    let untrusted = locked.tls_url("localhost");
    let closed = format!("redis://ada:{PASSWORD}@127.0.0.1:1");
    let malformed = format!("redis://ada:{PASSWORD}@host:port");
    for url in [&wrong, &untrusted, &closed, &malformed] {
        let error = with_causes(&open(url).await.unwrap_err());
        assert!(!error.contains(PASSWORD), "{error}");
        assert!(!error.contains("wrong-password"), "{error}");
    }
    locked.redis.stop();
    assert!(!app.okta.is_ready().await);
    let text = log.text();
    assert!(text.contains("no session can be written"), "{text}");
    assert!(!text.contains(PASSWORD) && !text.contains("wrong-password"));
}

#[tokio::test]
async fn its_certificate_is_verified() {
    let locked = Locked::start().await;
    let untrusted = open(&locked.tls_url("localhost")).await.unwrap_err();
    let untrusted = with_causes(&untrusted);
    assert!(untrusted.contains("UnknownIssuer"), "{untrusted}");

    let authority = locked.certificates.path().join("authority.pem");
    let folder = tempfile::tempdir().unwrap();
    let start = async |url: &str| {
        let variables = [
            ("OKTA_SESSIONS_URL", url),
            ("SSL_CERT_FILE", authority.to_str().unwrap()),
            ("OKTA_CLIENT_ID", "0oa1"),
            ("OKTA_CLIENT_SECRET", "secret"),
            ("OKTA_ISSUER_URI", "https://dev-1.okta.com"),
        ];
        let port = free_port().await;
        Example::start_with("managed_connection", folder.path(), port, &variables).await
    };
    let trusted = start(&locked.tls_url("localhost")).await;
    let home = reqwest::get(&trusted.url).await.unwrap();
    assert_eq!(home.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_connection_that_somebody_could_read_is_warned_of() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=warn");
    let locked = Locked::start().await;
    open(&locked.url()).await.unwrap();
    assert!(!log.text().contains("is not encrypted"), "{}", log.text());
    // Nobody answers at an address for documentation.
    for (url, is_warned) in [("rediss://192.0.2.1", false), ("redis://192.0.2.1", true)] {
        let error = open(url).await.unwrap_err();
        let is_unreachable = matches!(error, OpenError::Store(StoreError::ConnectSessions { .. }));
        assert!(is_unreachable, "{error}");
        assert_eq!(log.text().contains("is not encrypted"), is_warned, "{url}");
    }
}

#[tokio::test]
async fn one_that_deletes_sessions_to_make_room_is_warned_of() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=warn");
    let redis = Redis::start();
    open(&redis.url()).await.unwrap();
    assert!(!log.text().contains("maxmemory-policy"), "{}", log.text());
    let evict = ["CONFIG", "SET", "maxmemory-policy", "volatile-lru"];
    let _: String = redis.ask(&evict).await;
    open(&redis.url()).await.unwrap();
    assert!(log.text().contains("volatile-lru"), "{}", log.text());
}

/// As if so many seconds had passed for everybody who is signed in.
async fn later(redis: &Redis, seconds: i64) {
    let script = "for _, session in ipairs(redis.call('KEYS', 'okta:session:*')) do \
                  if redis.call('HGET', session, 'indexes') ~= '' then \
                  for _, field in ipairs({ 'expires_at', 'last_seen' }) do \
                  redis.call('HINCRBY', session, field, -ARGV[1]) end end end \
                  for _, index in ipairs(redis.call('KEYS', 'okta:index:*')) do \
                  for _, hash in ipairs(redis.call('ZRANGE', index, 0, -1)) do \
                  redis.call('ZINCRBY', index, -ARGV[1], hash) end end return 0";
    let _: i64 = redis
        .ask(&["EVAL", script, "0", &seconds.to_string()])
        .await;
}

/// By themselves, and not without a trace.
#[tokio::test]
async fn sessions_that_are_over_are_in_the_audit_trail_once_and_the_app_is_told() {
    let redis = Redis::start();
    let (tell, mut told) = unbounded_channel();
    let hooked = |url: String| {
        let tell = tell.clone();
        move |builder: OktaBuilder| {
            let builder = builder.sessions_url(url);
            builder.on_session_ended(move |ended: SessionEnded| {
                let told = tell.send(ended.cause.as_str());
                async move { Ok(told?) }
            })
        }
    };
    let app = App::start_with(hooked(redis.url())).await;
    let (provider, admin) = app.ready_to_connect().await;
    let form = form_with(&provider, |form| form.options.lifetime_seconds = Some(1800));
    admin.connect(&form).await;
    let browser = app.signed_in(&provider, ada()).await;
    later(&redis, 1801).await;
    let app = app.restart_with(hooked(redis.url())).await;
    assert_eq!(told.recv().await, Some("expired"));
    assert!(!browser.is_signed_in().await);

    let idle = form_with(&provider, |form| form.options.idle_seconds = 60);
    admin.connect(&idle).await;
    let browser = app.signed_in(&provider, ada()).await;
    later(&redis, 12 * 3600 + 1).await;
    let app = app.restart_with(hooked(redis.url())).await;
    assert_eq!(told.recv().await, Some("idle"));
    assert!(!browser.is_signed_in().await);
    assert!(told.try_recv().is_err(), "of each once");
    let keys: Vec<String> = redis.ask(&["KEYS", "okta:session:*"]).await;
    assert_eq!(keys.len(), 1, "the browser with the setup code: {keys:?}");

    let entries = admin.audit().await;
    let entries = entries.as_array().unwrap().iter();
    let ended = entries.filter(|entry| entry["event"] == "session_ended");
    let details: Vec<_> = ended
        .map(|entry| entry["detail"].as_str().unwrap())
        .collect();
    assert_eq!(details.len(), 2, "{details:?}");
    assert!(
        details[0].starts_with("Nobody has used it since"),
        "{details:?}"
    );
    assert!(details[1].starts_with("Its time was over"), "{details:?}");
    drop(app);
}

/// It goes on listening, and never answers.
#[tokio::test]
async fn one_that_hangs_keeps_nobody_waiting() {
    let mut redis = Redis::start();
    let app = App::start_with(with(&redis)).await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let app = app.restart_with(with(&redis)).await;
    redis.pause().await;
    let refused = app.with_session("/api/protected", &session).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!app.okta.is_ready().await);
    redis.resume();
    let found = app.with_session("/api/protected", &session).await;
    assert_eq!(found.status(), StatusCode::OK);
}
