//! Who may push: whoever has a token of the connection.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{PROVISIONING, Pushing, ada, new_token, on_both, person, send};
use crate::harness::{App, SECRET_OF_THE_PAGE, UnderWay, status};

on_both! {
    a_token_is_shown_once_and_counts_until_it_is_deleted
    there_are_two_tokens_at_a_time
    a_wrong_token_is_told_nothing
    a_token_counts_for_its_connection_alone
    a_session_is_no_token
    only_admins_make_tokens
    a_token_that_is_deleted_while_the_body_is_on_its_way_stores_nothing
}

async fn a_token_is_shown_once_and_counts_until_it_is_deleted(okta: Pushing) {
    assert!(okta.token.len() >= 43);
    assert!(!okta.app.stores(&okta.token));
    let state = async || okta.admin.json::<Value>(PROVISIONING).await;
    let before = state().await;
    assert!(!before.to_string().contains(&okta.token));
    assert_eq!(
        before["base_url"],
        json!(format!("{}/scim/v2/okta", okta.app.url))
    );
    assert_eq!(before["tokens"][0]["last_used_at"], Value::Null);
    assert_eq!(okta.get("/Users").await.status, StatusCode::OK);
    while state().await["tokens"][0]["last_used_at"].is_null() {
        tokio::task::yield_now().await;
    }
    let id = before["tokens"][0]["id"].as_str().unwrap();
    let path = format!("{PROVISIONING}/tokens/{id}");
    let delete = async || {
        okta.admin
            .request(Method::DELETE, &path)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(delete().await, StatusCode::NO_CONTENT);
    assert_eq!(okta.get("/Users").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(delete().await, StatusCode::NOT_FOUND);
    let audit = okta.admin.audit().await;
    let events: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["event"])
        .collect();
    assert_eq!(events[..2], ["provisioning_refused", "scim_token_deleted"]);
    assert!(events.contains(&&json!("scim_token_made")));
}

async fn there_are_two_tokens_at_a_time(okta: Pushing) {
    let second = new_token(&okta.admin, "okta").await;
    let third = okta.admin.post(&format!("{PROVISIONING}/tokens")).await;
    assert_eq!(third.status(), StatusCode::CONFLICT);
    for token in [&okta.token, &second] {
        let answer = send(&okta.client, token, Method::GET, "/Users", Value::Null, &[]).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

async fn a_wrong_token_is_told_nothing(okta: Pushing) {
    let ask = async |path: &str, authorization: Option<&str>| {
        let mut request = okta.app.browser().request(Method::GET, path);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
        answer.json::<Value>().await.unwrap()
    };
    let wrong = format!("Bearer {}", "x".repeat(43));
    let basic = format!("Basic {}", okta.token);
    let first = ask("/scim/v2/okta/Users", None).await;
    for (path, authorization) in [
        ("/scim/v2/okta/Users", Some(&*wrong)),
        ("/scim/v2/okta/Users", Some("Bearer")),
        ("/scim/v2/okta/Users", Some(&*basic)),
        ("/scim/v2/unknown/Users", Some(&*wrong)),
        ("/scim/v2/unknown/Users", Some(&*okta.token)),
        ("/scim/v2/okta/Nothing", Some(&*wrong)),
        ("/scim/v2/Schemas", None),
    ] {
        assert_eq!(ask(path, authorization).await, first, "{path}");
    }
    assert!(!first.to_string().contains("unknown"));
}

async fn a_token_counts_for_its_connection_alone(okta: Pushing) {
    let acme = crate::harness::Provider::start(&format!("{}/acme", okta.app.callback())).await;
    let form = crate::harness::form(&acme);
    assert_eq!(
        okta.admin.connect_as("acme", &form).await.status(),
        StatusCode::OK
    );
    let acmes = new_token(&okta.admin, "acme").await;
    let ask = async |token: &str, path: &str| {
        let request = okta.app.browser().request(Method::GET, path);
        request.bearer_auth(token).send().await.unwrap()
    };
    for (token, path) in [
        (&acmes, "/scim/v2/okta/Users"),
        (&acmes, "/scim/v2/Users"),
        (&okta.token, "/scim/v2/acme/Users"),
    ] {
        assert_eq!(
            ask(token, path).await.status(),
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    // What one pushes, the other doesn't see.
    let id = okta.create("/Users", ada()).await.id();
    let others = ask(&acmes, "/scim/v2/acme/Users")
        .await
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(others["totalResults"], json!(0));
    let one = ask(&acmes, &format!("/scim/v2/acme/Users/{id}")).await;
    assert_eq!(one.status(), StatusCode::NOT_FOUND);
    // A connection that is deleted takes everything with it.
    let deleted = okta
        .admin
        .request(Method::DELETE, "/api/okta/connections/acme")
        .send()
        .await;
    assert_eq!(deleted.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(
        okta.admin.connect_as("acme", &form).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        ask(&acmes, "/scim/v2/acme/Users").await.status(),
        StatusCode::UNAUTHORIZED
    );
}

/// Cookies don't count, and neither does where a request comes from.
async fn a_session_is_no_token(okta: Pushing) {
    let answer = okta.admin.api("/scim/v2/okta/Users").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let cross_site = [
        ("origin", "https://dev-1.okta.com"),
        ("sec-fetch-site", "cross-site"),
    ];
    let created = okta
        .send_with(Method::POST, "/Users", ada(), &cross_site)
        .await;
    assert_eq!(created.status, StatusCode::CREATED);
    let page = okta.app.browser().request(Method::GET, "/protected");
    let page = page.bearer_auth(&okta.token).send().await.unwrap();
    assert!(!page.text().await.unwrap().contains(SECRET_OF_THE_PAGE));
}

async fn only_admins_make_tokens(okta: Pushing) {
    let nobody = okta.app.browser();
    let person = okta
        .app
        .signed_in(&okta.provider, crate::harness::ada())
        .await;
    for (browser, status) in [
        (&nobody, StatusCode::UNAUTHORIZED),
        (&person, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(browser.api(PROVISIONING).await.status(), status);
        assert_eq!(
            browser
                .post(&format!("{PROVISIONING}/tokens"))
                .await
                .status(),
            status
        );
        assert_eq!(
            browser
                .api(&format!("{PROVISIONING}/requests"))
                .await
                .status(),
            status
        );
    }
}

#[tokio::test]
async fn whoever_guesses_tokens_is_told_to_wait() {
    let okta = Pushing::on_sqlite().await;
    let guess = async || {
        send(
            &okta.client,
            "wrong",
            Method::GET,
            "/Users",
            Value::Null,
            &[],
        )
        .await
    };
    let refused = async {
        loop {
            let answer = guess().await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                return answer;
            }
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
    };
    let answer = refused.await;
    assert_eq!(answer.headers[header::RETRY_AFTER], "30");
    assert_eq!(answer.body["status"], "429");
    // Okta, from the same address, goes on.
    assert_eq!(okta.get("/Users").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_connection_makes_so_many_requests() {
    let app = App::start_with(|builder| builder.scim_requests_per_minute(3)).await;
    let okta = Pushing::to(app).await;
    for _ in 0..3 {
        assert_eq!(okta.get("/Users").await.status, StatusCode::OK);
    }
    let answer = okta.get("/Users").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers[header::RETRY_AFTER], "30");
}

#[tokio::test]
async fn requests_are_logged_without_secrets() {
    let okta = Pushing::on_sqlite().await;
    okta.create("/Users", ada()).await;
    okta.send(Method::POST, "/Users", ada()).await;
    let log = async |query: &str| {
        let path = format!("{PROVISIONING}/requests{query}");
        okta.admin.json::<Value>(&path).await["requests"].take()
    };
    let both = async || log("").await.as_array().unwrap().len() == 2;
    while !both().await {
        tokio::task::yield_now().await;
    }
    let [second, first] = [log("").await[0].take(), log("").await[1].take()];
    assert_eq!([&first["status"], &second["status"]], [201, 409]);
    assert_eq!([&first["method"], &first["path"]], ["POST", "/Users"]);
    assert!(first["body"].as_str().unwrap().contains("ada@example.com"));
    assert!(second["detail"].as_str().unwrap().contains("another User"));
    assert_eq!(log("?refused=true").await.as_array().unwrap().len(), 1);
    assert!(!okta.app.stores("1mz050nq"));
    let state = okta.admin.json::<Value>(PROVISIONING).await;
    assert_eq!(
        [&state["people"], &state["requests"], &state["refused"]],
        [1, 2, 1]
    );
}

/// Nor does it read anything.
async fn a_token_that_is_deleted_while_the_body_is_on_its_way_stores_nothing(okta: Pushing) {
    let id = okta.create("/Users", ada()).await.id();
    let state: Value = okta.admin.json(PROVISIONING).await;
    let token = state["tokens"][0]["id"].as_str().unwrap();
    let path = format!("{PROVISIONING}/tokens/{token}");
    let other = new_token(&okta.admin, "okta").await;
    let (bearer, body) = (
        format!("Bearer {}", okta.token),
        person("grace", "00u2").to_string(),
    );
    let users = "/scim/v2/okta/Users";
    let mut under_way = Vec::new();
    for what in [
        format!("POST {users}"),
        format!("PUT {users}/{id}"),
        format!("DELETE {users}/{id}"),
        format!("GET {users}"),
    ] {
        let begun = UnderWay::begin(&okta.app, &what, ("authorization", &bearer), &body).await;
        under_way.push((what, begun));
    }
    let deleted = okta.admin.request(Method::DELETE, &path).send().await;
    assert_eq!(deleted.unwrap().status(), StatusCode::NO_CONTENT);
    for (what, begun) in under_way {
        let answer = begun.finish().await;
        assert_eq!(status(&answer), "401", "{what}: {answer}");
    }
    let there = send(
        &okta.client,
        &other,
        Method::GET,
        "/Users",
        Value::Null,
        &[],
    )
    .await;
    assert_eq!(there.body["totalResults"], 1);
    assert_eq!(there.body["Resources"][0]["userName"], "ada@example.com");
}
