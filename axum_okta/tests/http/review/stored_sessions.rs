//! Point 7: whoever reads the database, or a backup of it, is nobody.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use http::{Method, header};
use serde_json::json;

use crate::harness::{App, location, session_id};

#[tokio::test]
async fn neither_the_id_nor_the_content_of_a_session_can_be_read_in_the_files() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    browser.post("/note").await;
    assert!(browser.is_signed_in().await);
    // As text, and as the number that it is.
    assert!(!app.stores(&session));
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&session).unwrap();
    for part in std::fs::read_dir(app.directory.path()).unwrap() {
        let file = std::fs::read(part.unwrap().path()).unwrap();
        assert!(!file.windows(bytes.len()).any(|window| window == bytes));
    }
    for content in ["ada@example.com", "left here", "Engineering\"]"] {
        assert!(!app.stores(content), "{content}");
    }
}

#[tokio::test]
async fn a_row_that_was_moved_to_another_session_opens_nothing() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    let of_admin = session_id(&admin.sign_in("/").await);
    // Whoever may write to the file puts an admin's content under an id of their own.
    let stranger = app.browser();
    stranger.post("/note").await;
    let mut database = app.sql().await;
    sqlx::query(
        "UPDATE okta_session SET content = (SELECT content FROM okta_session ORDER BY rowid DESC LIMIT 1 OFFSET 1)",
    )
    .execute(&mut database)
    .await
    .unwrap();
    let app = app.restart().await;
    assert!(!stranger.is_signed_in().await);
    let identity = app.with_session("/api/identity", &of_admin).await;
    assert_eq!(identity.status(), http::StatusCode::OK, "the row's own id");
}

#[tokio::test]
async fn a_session_is_found_by_its_person_and_where_it_is_from_stays_encrypted() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().id_token = json!({ "sid": "a-session-at-okta" });
    let login = browser.page("/login").await;
    let callback = browser.at_provider(&login).await;
    let request = browser.request(Method::GET, &callback);
    let request = request.header(header::USER_AGENT, "A Browser of 1843");
    let done = request.send().await.unwrap();
    assert_eq!(location(&done), "/");
    let found = "SELECT COUNT(*) FROM okta_session WHERE length(person) = 43 AND length(okta_sid) = 43 \
                 AND connection_id = (SELECT id FROM okta_connection) AND since > 0 AND last_seen >= since";
    let (found,): (i64,) = sqlx::query_as(found)
        .fetch_one(&mut app.sql().await)
        .await
        .unwrap();
    assert_eq!(found, 1);
    for secret in ["a-session-at-okta", "A Browser of 1843"] {
        assert!(!app.stores(secret), "{secret}");
    }
}
