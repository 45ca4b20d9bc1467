//! The apps of `examples/`, each started as a person would.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use crate::{
    harness::{
        Browser, CLIENT_ID, CLIENT_SECRET, CONNECTION, Example, PATIENCE, Provider, callback_of,
        form, free_port, grace, location, table,
    },
    servers::eventually,
};

#[tokio::test]
async fn hello_signs_people_in() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start("hello", folder.path()).await;
    let stranger = Browser::new(&example.url);
    assert_eq!(location(&stranger.page("/").await), "/login?return_to=%2F");
    let (_provider, browser) = example.connected().await;
    let answer = browser.page("/").await;
    assert_eq!(answer.text().await.unwrap(), "Hello, Ada Lovelace!");
}

#[tokio::test]
async fn roles_open_routes_as_soon_as_an_admin_gives_them() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start("roles", folder.path()).await;
    let stranger = Browser::new(&example.url);
    let text = stranger.page("/").await.text().await.unwrap();
    assert_eq!(text, "Nobody is signed in.");
    assert_eq!(
        stranger.post("/publish").await.status(),
        StatusCode::UNAUTHORIZED
    );

    let (provider, ada) = example.connected().await;
    assert_eq!(ada.api("/drafts").await.status(), StatusCode::FORBIDDEN);
    let rules = table(&[("Engineering", "author"), ("Everyone", "author")]);
    assert_eq!(ada.set_roles(&rules).await.status(), StatusCode::NO_CONTENT);
    let drafts = ada.page("/drafts").await;
    assert_eq!(drafts.text().await.unwrap(), "Drafts for Ada Lovelace");
    assert_eq!(ada.post("/publish").await.status(), StatusCode::FORBIDDEN);

    let rules = table(&[("Engineering", "editor")]);
    assert_eq!(ada.set_roles(&rules).await.status(), StatusCode::NO_CONTENT);
    let published = ada.post("/publish").await;
    assert_eq!(published.text().await.unwrap(), "Published by Ada Lovelace");
    let home = ada.page("/").await;
    assert_eq!(home.text().await.unwrap(), "You may publish.");

    provider.now().person = grace();
    let grace = Browser::new(&example.url);
    grace.sign_in("/").await;
    assert_eq!(grace.page("/drafts").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_managed_connection_works_at_once_and_its_group_makes_admins() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let provider = Provider::start(&callback_of(&format!("http://127.0.0.1:{port}"))).await;
    let variables = [
        ("OKTA_CLIENT_ID", CLIENT_ID),
        ("OKTA_CLIENT_SECRET", CLIENT_SECRET),
        ("OKTA_ISSUER_URI", &provider.issuer),
        ("OKTA_ADMIN_GROUP", "Engineering"),
    ];
    let example = Example::start_with("managed_connection", folder.path(), port, &variables).await;

    let ada = Browser::new(&example.url);
    ada.sign_in("/").await;
    let hello = ada.page("/").await.text().await.unwrap();
    assert_eq!(hello, "Hello, Ada Lovelace! You are an admin.");
    // An admin sees the connection, and cannot change what the operator gave.
    let connection: serde_json::Value = ada.json(CONNECTION).await;
    assert_eq!(connection["issuer"], provider.issuer.as_str());
    let removal = ada.request(Method::DELETE, CONNECTION).send().await;
    assert_eq!(removal.unwrap().status(), StatusCode::CONFLICT);

    provider.now().person = grace();
    let grace = Browser::new(&example.url);
    grace.sign_in("/").await;
    let hello = grace.page("/").await.text().await.unwrap();
    assert_eq!(hello, "Hello, Grace Hopper!");
    assert_eq!(grace.api(CONNECTION).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_an_app_keeps_in_the_session_is_there_until_the_person_signs_out() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start("own_session", folder.path()).await;
    let (_provider, ada) = example.connected().await;
    let answer = ada.post("/basket/pen").await;
    assert_eq!(answer.text().await.unwrap(), "1 in the basket");
    let answer = ada.post("/basket/ink").await;
    assert_eq!(answer.text().await.unwrap(), "2 in the basket");
    let basket = ada.page("/basket").await;
    assert_eq!(basket.text().await.unwrap(), "Ada Lovelace buys: pen, ink");

    let other_browser = Browser::new(&example.url);
    other_browser.sign_in("/").await;
    let basket = other_browser.page("/basket").await;
    assert_eq!(basket.text().await.unwrap(), "Ada Lovelace buys: ");

    ada.post("/logout").await;
    assert_eq!(
        ada.post("/basket/pen").await.status(),
        StatusCode::UNAUTHORIZED
    );
    ada.sign_in("/").await;
    let basket = ada.page("/basket").await;
    assert_eq!(basket.text().await.unwrap(), "Ada Lovelace buys: ");
}

#[tokio::test]
async fn an_app_keeps_its_own_users_by_issuer_and_subject() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start("users", folder.path()).await;
    let (provider, ada) = example.connected().await;
    let account = ada.page("/").await.text().await.unwrap();
    assert_eq!(account, "User 1: Ada Lovelace, Reader");
    ada.set_roles(&table(&[("Engineering", "editor")])).await;
    let account = ada.page("/").await.text().await.unwrap();
    assert_eq!(account, "User 1: Ada Lovelace, Editor");

    // Another person with the address that was Ada's.
    provider.now().person = json!({
        "sub": "00u3ada", "name": "Ada Byron", "email": "ada@example.com", "groups": [],
    });
    let other = Browser::new(&example.url);
    other.sign_in("/").await;
    let account = other.page("/").await.text().await.unwrap();
    assert_eq!(account, "User 2: Ada Byron, Reader");
    // The same person by another name, and without an address.
    provider.now().person = json!({ "sub": "00u3ada", "name": "Ada King", "groups": [] });
    Browser::new(&example.url).sign_in("/").await;
    let close = "/users/2/close";
    assert_eq!(other.post(close).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(ada.post(close).await.status(), StatusCode::NO_CONTENT);

    assert_eq!(other.page("/").await.status(), StatusCode::FORBIDDEN);
    let again = Browser::new(&example.url);
    let refused = again.sign_in("/").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let page = refused.text().await.unwrap();
    assert!(page.contains("Ask the help desk"), "{page}");
    assert!(!again.is_signed_in().await);
}

/// Sends what Okta sends.
async fn push(
    url: &str,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let request = Browser::new(url).request(method, &format!("/scim/v2/okta{path}"));
    let request = request.bearer_auth(token).body(body.to_string());
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

fn pushed(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name, "displayName": name, "active": true,
    })
}

#[tokio::test]
async fn an_app_keeps_rows_of_the_people_whom_okta_provisions() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let mut example = Example::start_with("directory", folder.path(), port, &[]).await;
    let (_provider, ada) = example.connected().await;
    let tokens = "/api/okta/connections/okta/provisioning/tokens";
    let made: Value = ada.post(tokens).await.json().await.unwrap();
    let token = made["token"].as_str().unwrap();
    let url = example.url.clone();
    let push =
        async |method: Method, path: &str, body: Value| push(&url, token, method, path, body).await;

    let mut ids = Vec::new();
    for name in ["Ada", "Barbara", "Chien"] {
        let (status, person) = push(Method::POST, "/Users", pushed(name)).await;
        assert_eq!(status, StatusCode::CREATED);
        ids.push(person["id"].as_str().unwrap().to_owned());
    }
    let (status, refused) = push(Method::POST, "/Users", pushed("Dorothy")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        refused["detail"],
        "All seats are taken. Unassign somebody first."
    );
    let text = ada.page("/").await.text().await.unwrap();
    assert_eq!(text, "Seats: Ada, Barbara, Chien");

    let path = format!("/Users/{}", ids[0]);
    let (status, _) = push(Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, dorothy) = push(Method::POST, "/Users", pushed("Dorothy")).await;
    assert_eq!(status, StatusCode::CREATED);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Compilers", "members": [{ "value": ids[1] }, { "value": dorothy["id"] }],
    });
    push(Method::POST, "/Groups", group).await;
    // Whatever it has read of it by now.
    example.kill().await;

    let example = Example::start_with("directory", folder.path(), port, &[]).await;
    let ada = Browser::new(&example.url);
    ada.sign_in("/").await;
    let expected = "Seats: Barbara, Chien, Dorothy\nCompilers: Barbara\nCompilers: Dorothy";
    eventually("the app has caught up", async || {
        ada.page("/").await.text().await.unwrap() == expected
    })
    .await;
}

#[tokio::test]
async fn killed_during_connect_it_has_the_old_connection_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let mut example = Example::start_with("hello", folder.path(), port, &[]).await;
    let admin = example.admin().await;
    let providers = [
        Provider::start(&example.callback()).await,
        Provider::start(&example.callback()).await,
    ];
    assert_eq!(
        admin.connect(&form(&providers[0])).await.status(),
        StatusCode::OK
    );

    // Killed at each request that the checks make, and after the last one, when it is being saved.
    for (round, moment) in [
        "discovery",
        "keys",
        "token",
        "authorize",
        "authorize",
        "authorize",
    ]
    .iter()
    .enumerate()
    {
        let provider = &providers[(round + 1) % 2];
        let asked = provider.asked(moment);
        let form = form(provider);
        let connecting = admin
            .request(http::Method::PUT, CONNECTION)
            .json(&form)
            .send();
        tokio::select! {
            _answer = connecting => {}
            () = provider.until_asked(moment, asked + 1) => {}
        }
        example.kill().await;

        example = Example::start_with("hello", folder.path(), port, &[]).await;
        let login = admin.page("/login").await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER, "killed at {moment}");
        let issuer = providers
            .iter()
            .find(|provider| location(&login).starts_with(&provider.issuer));
        assert!(issuer.is_some(), "{}", location(&login));
        // Secret and issuer belong together: the code is redeemed.
        assert_eq!(
            Browser::new(&example.url).sign_in("/").await.status(),
            StatusCode::SEE_OTHER
        );
    }
}

/// A WebSocket of that browser, opened.
async fn socket(browser: &Browser) -> reqwest::Upgraded {
    let request = browser
        .request(Method::GET, "/socket")
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
    answer.upgrade().await.unwrap()
}

#[tokio::test]
async fn a_socket_and_a_stream_of_events_end_with_their_session_and_no_other() {
    /// RFC 6455 §5.2: a text of two bytes, with the key 0.
    const HI: &[u8] = &[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'];
    const CLOSE: u8 = 0x88;
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start("live", folder.path()).await;
    let stranger = Browser::new(&example.url);
    for path in ["/socket", "/events"] {
        assert_eq!(stranger.api(path).await.status(), StatusCode::UNAUTHORIZED);
    }

    let (_provider, ada) = example.connected().await;
    let mut ada_socket = socket(&ada).await;
    let mut events = ada.api("/events").await;
    let other = Browser::new(&example.url);
    other.sign_in("/").await;
    let mut other_socket = socket(&other).await;
    let mut received = vec![0; 2 + "Ada Lovelace: hi".len()];
    for socket in [&mut ada_socket, &mut other_socket] {
        socket.write_all(HI).await.unwrap();
        socket.read_exact(&mut received).await.unwrap();
        assert!(received.ends_with(b"Ada Lovelace: hi"));
    }
    assert_eq!(events.chunk().await.unwrap().unwrap(), "data: 1\n\n");

    ada.post("/logout").await;
    let mut rest = Vec::new();
    let closed = ada_socket.read_to_end(&mut rest);
    timeout(PATIENCE, closed).await.unwrap().unwrap();
    assert_eq!(rest[0], CLOSE);
    assert!(rest.ends_with(b"You are signed out"));
    let ended = async { while events.chunk().await.unwrap().is_some() {} };
    timeout(PATIENCE, ended).await.unwrap();

    other_socket.write_all(HI).await.unwrap();
    other_socket.read_exact(&mut received).await.unwrap();
    assert!(received.ends_with(b"Ada Lovelace: hi"));
}
