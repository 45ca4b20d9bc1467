//! Points 4, 5, 6 and a part of 12: what strangers send costs others nothing.

use std::net::SocketAddr;

use axum::Router;
use axum_okta::Okta;
use http::{HeaderValue, Method, StatusCode, header};

use crate::harness::{App, Log, attempt_cookie, listener, session_id, url_of};

#[tokio::test]
async fn a_flood_of_sign_ins_pushes_nobodys_out() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let person = app.browser();
    let back = person.to_provider_and_back("/protected").await;

    // It stores nothing, so there is nothing that could be full: it does not even wait for the
    // database.
    let mut other_program = app.sql().await;
    let lock = sqlx::Connection::begin_with(&mut other_program, "BEGIN IMMEDIATE")
        .await
        .unwrap();
    for _ in 0..200 {
        let login = app.browser().page("/login").await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
    }
    lock.rollback().await.unwrap();
    for table in ["okta_sign_in_attempt", "okta_used_state", "okta_session"] {
        let count = format!("SELECT COUNT(*) FROM {table}");
        let (rows,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(count))
            .fetch_one(&mut other_program)
            .await
            .unwrap();
        // The admin's session is there, with the right that the setup code gave.
        assert_eq!(rows, i64::from(table == "okta_session"), "{table}");
    }
    assert_eq!(person.page(&back).await.status(), StatusCode::SEE_OTHER);
    assert!(person.is_signed_in().await);
}

#[tokio::test]
async fn without_client_addresses_the_log_says_so_once() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=warn");
    let directory = tempfile::tempdir().unwrap();
    let listener = listener().await;
    let url = url_of(&listener);
    let okta = Okta::builder()
        .base_url(&url)
        .database(format!(
            "sqlite:{}",
            directory.path().join("okta.db").display()
        ))
        .open()
        .await
        .unwrap();
    let app: Router = Router::new().layer(okta.layer());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let browser = crate::harness::Browser::new(&url);
    for _ in 0..3 {
        browser.page("/login").await;
    }
    let text = log.text();
    assert_eq!(
        text.matches("into_make_service_with_connect_info").count(),
        1,
        "{text}"
    );
}

#[tokio::test]
async fn a_cookie_of_a_sibling_in_any_encoding_stops_nobody() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let ask = async |path: &str, cookies: &[u8]| {
        app.browser()
            .request(Method::GET, path)
            .header(header::COOKIE, HeaderValue::from_bytes(cookies).unwrap())
            .send()
            .await
            .unwrap()
    };
    for sibling in ["name=Müller".as_bytes(), b"name=M\xfcller"] {
        let login = ask("/login", sibling).await;
        let (name, attempt) = attempt_cookie(&login);
        let back = app.browser().at_provider(&login).await;
        let cookies = [sibling, format!("; {name}={attempt}").as_bytes()].concat();
        let done = ask(&back, &cookies).await;
        let session = session_id(&done);
        let cookies = [sibling, format!("; okta_session={session}").as_bytes()].concat();
        let identity = ask("/api/identity", &cookies).await;
        assert_eq!(identity.status(), StatusCode::OK);
    }
}

/// Without the table a look into it is an error in the log.
#[tokio::test]
async fn an_invented_session_costs_no_look_into_the_database() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=error");
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let real = session_id(&browser.sign_in("/").await);
    let app = app.restart().await;
    let mut database = app.sql().await;
    sqlx::query("ALTER TABLE okta_session RENAME TO away")
        .execute(&mut database)
        .await
        .unwrap();
    for invented in ["AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBA"] {
        let answer = app.with_session("/api/identity", invented).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert!(!log.text().contains("could not be read"), "{}", log.text());
    let answer = app.with_session("/api/identity", &real).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(log.text().contains("could not be read"));
}

/// As proxies write it.
#[tokio::test]
async fn a_client_address_may_come_with_its_port() {
    let app = App::start_with(|builder| {
        builder
            .trusted_proxies(["127.0.0.1/32".parse().unwrap()])
            .sign_ins_per_minute(1)
    })
    .await;
    let (_provider, _admin) = app.connected().await;
    let login = async |from: SocketAddr| {
        let request = app.browser().request(Method::GET, "/login");
        let request = request.header("x-forwarded-for", from.to_string());
        request.send().await.unwrap().status()
    };
    let [one, again, other] = ["198.51.100.1:4711", "198.51.100.1:4712", "198.51.100.2:1"]
        .map(|address| address.parse().unwrap());
    assert_eq!(login(one).await, StatusCode::SEE_OTHER);
    assert_eq!(login(again).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(login(other).await, StatusCode::SEE_OTHER);
}

/// However many tabs, however long their addresses: what we keep in a browser shuts nobody out of
/// the app.
#[tokio::test]
async fn sign_ins_under_way_never_fill_the_cookie_header() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let browser = app.browser();
    for tab in 0..12 {
        let path = format!("/{tab}{}", "a".repeat(1000));
        let login = browser.page(&format!("/login?return_to={path}")).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(browser.page("/").await.status(), StatusCode::OK);
    // Tabs that were opened all at once do not see each other's: the way out is in the refusal
    // itself.
    let many: Vec<String> = (0..12)
        .map(|tab| format!("okta_sign_in_{tab}={}", "x".repeat(1500)))
        .collect();
    let refused = app.with_cookies("/", &many.join("; ")).await;
    assert_eq!(
        refused.status(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
    assert_eq!(
        refused.headers().get_all(header::SET_COOKIE).iter().count(),
        12
    );
}
