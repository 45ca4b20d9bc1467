//! Universal Logout: every status that Okta may get, and whose sessions end.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    People, UNIVERSAL_LOGOUT, by_email, by_subject, on_postgres, revocation_token, revoke,
    revoke_with,
};
use crate::harness::{App, CLIENT_ID, PATIENCE, Signature, form, session_id};

#[tokio::test]
async fn every_call_has_its_status() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let issuer = &provider.issuer;
    let token = |changes: Value| revocation_token(app, provider, |token| token.claim(&changes));
    let right = || token(json!({}));
    let nobody = || by_email("nobody@example.com");
    for (name, token, body, status) in [
        (
            "not signed",
            "e30.e30.".to_owned(),
            nobody(),
            StatusCode::UNAUTHORIZED,
        ),
        (
            "another key",
            revocation_token(app, provider, |token| token.signature = Signature::Key(1)),
            nobody(),
            StatusCode::UNAUTHORIZED,
        ),
        (
            "another client",
            token(json!({ "sub": "0oa2" })),
            nobody(),
            StatusCode::FORBIDDEN,
        ),
        (
            "no client",
            token(json!({ "sub": null })),
            nobody(),
            StatusCode::FORBIDDEN,
        ),
        (
            "somebody of another issuer",
            right(),
            by_subject("https://dev-2.okta.com", "00u1ada"),
            StatusCode::FORBIDDEN,
        ),
        ("nothing", right(), json!(null), StatusCode::BAD_REQUEST),
        ("no subject", right(), json!({}), StatusCode::BAD_REQUEST),
        (
            "a text",
            right(),
            json!({ "sub_id": "ada" }),
            StatusCode::BAD_REQUEST,
        ),
        (
            "no format",
            right(),
            json!({ "sub_id": { "sub": "00u1ada" } }),
            StatusCode::BAD_REQUEST,
        ),
        (
            "an unknown format",
            right(),
            json!({ "sub_id": { "format": "phone_number", "phone_number": "+12065550100" } }),
            StatusCode::BAD_REQUEST,
        ),
        (
            "several names",
            right(),
            json!({ "sub_id": { "format": "aliases", "identifiers": [] } }),
            StatusCode::BAD_REQUEST,
        ),
        (
            "half a name",
            right(),
            json!({ "sub_id": { "format": "iss_sub", "iss": issuer } }),
            StatusCode::BAD_REQUEST,
        ),
        (
            "an empty name",
            right(),
            by_subject(issuer, ""),
            StatusCode::BAD_REQUEST,
        ),
        (
            "an empty email",
            right(),
            by_email(""),
            StatusCode::BAD_REQUEST,
        ),
        (
            "no text",
            right(),
            json!({ "sub_id": { "format": "email", "email": 1 } }),
            StatusCode::BAD_REQUEST,
        ),
        ("nobody's email", right(), nobody(), StatusCode::NOT_FOUND),
        (
            "nobody's subject",
            right(),
            by_subject(issuer, "00u9"),
            StatusCode::NOT_FOUND,
        ),
        (
            "a column's name for none",
            right(),
            by_email("-"),
            StatusCode::NOT_FOUND,
        ),
    ] {
        let answer = revoke(app, &token, &body).await;
        assert_eq!(answer.status(), status, "{name}");
        assert_eq!(
            answer.headers()[header::CACHE_CONTROL],
            "no-store",
            "{name}"
        );
        let error: Value = answer.json().await.unwrap();
        assert!(error["error"].is_string(), "{name}");
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
    let answer = revoke(app, &right(), &by_subject(issuer, "00u1ada")).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(people.are_signed_in().await, [false, false, true]);
    let entry = people.newest_entry().await;
    assert_eq!(
        entry,
        ["universal_logout", "okta", "00u1ada: 2 sessions ended"]
    );
}

#[tokio::test]
async fn a_person_is_named_in_each_format() {
    for sub_id in [
        |_: &str| by_email("Ada@EXAMPLE.com"),
        |issuer: &str| by_subject(issuer, "00u1ada"),
        |_: &str| json!({ "sub_id": { "format": "opaque", "id": "00u1ada" }, "more": "is ignored" }),
    ] {
        let people = People::signed_in().await;
        let token = revocation_token(&people.app, &people.provider, |_| {});
        let body = sub_id(&people.provider.issuer);
        let answer = revoke(&people.app, &token, &body).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{body}");
        assert_eq!(people.are_signed_in().await, [false, false, true]);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let people = People::signed_in().await;
    let token = revocation_token(&people.app, &people.provider, |_| {});
    let authorization = format!("Bearer {token}");
    let answer = revoke_with(&people.app, &authorization, "{\"sub_id\":".to_owned()).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let by_get = people.app.browser().request(Method::GET, UNIVERSAL_LOGOUT);
    let by_get = by_get.send().await.unwrap();
    assert_eq!(by_get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_token_counts_once_whatever_came_of_it() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let token = revocation_token(app, provider, |_| {});
    let answer = revoke(app, &token, &by_email("nobody@example.com")).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    // A body is not signed: whoever has seen the token can't name somebody else with it.
    let answer = revoke(app, &token, &by_email("ada@example.com")).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

/// The client ID is the audience of ID tokens and logout tokens.
#[tokio::test]
async fn a_token_for_something_else_ends_nothing() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let id_token = provider.now().last_id_token.clone().unwrap();
    let logout = provider.logout_token("00u1ada", |_| {});
    let for_client = revocation_token(app, provider, |token| {
        token.claims["aud"] = json!(CLIENT_ID);
    });
    for other in [id_token, logout, for_client] {
        let answer = revoke(app, &other, &by_email("ada@example.com")).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn sessions_end_on_every_server_at_once() {
    let on = on_postgres().await;
    let one = App::start_with(on.clone()).await;
    let (provider, browser) = one.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let other = App::start_with(on).await;
    // Both have it in memory.
    for app in [&one, &other] {
        let identity = app.with_session("/api/identity", &session).await;
        assert_eq!(identity.status(), StatusCode::OK);
    }
    let token = revocation_token(&one, &provider, |_| {});
    let answer = revoke(&one, &token, &by_email("ada@example.com")).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let here = one.with_session("/api/identity", &session).await;
    assert_eq!(here.status(), StatusCode::UNAUTHORIZED);
    until_signed_out(&other, &session).await;
}

/// The other servers are told, which takes a moment.
async fn until_signed_out(app: &App, session: &str) {
    let signed_out = async {
        loop {
            let identity = app.with_session("/api/identity", session).await;
            if identity.status() == StatusCode::UNAUTHORIZED {
                return;
            }
        }
    };
    timeout(PATIENCE, signed_out).await.expect("signed out");
}

/// People sign in through a custom authorization server, and the org ends their sessions.
#[tokio::test]
async fn an_org_signs_for_its_authorization_servers() {
    let app = App::start().await;
    let (org, admin) = app.ready_to_connect().await;
    org.now().signature = Signature::Key(1);
    org.now().published = vec![1];
    let server = org.authorization_server();
    let connected = admin.connect(&form(server)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let browser = app.browser();
    browser.sign_in("/").await;
    assert_eq!(browser.identity().await["issuer"], server.issuer);
    let by_org = revocation_token(&app, &org, |_| {});
    let answer = revoke(&app, &by_org, &by_subject(&org.issuer, "00u1ada")).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(!browser.is_signed_in().await);
    // Its own name counts, too, and no other authorization server's.
    browser.sign_in("/").await;
    let by_other = revocation_token(&app, &org, |token| {
        token.claims["iss"] = json!(format!("{}/oauth2/other", org.issuer));
    });
    let answer = revoke(&app, &by_other, &by_email("ada@example.com")).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(browser.is_signed_in().await);
}

/// An email may change while somebody is signed in by an older server's session, so the index of
/// an earlier version is completed before it is searched.
#[tokio::test]
async fn a_session_of_the_version_before_is_found_by_its_email() {
    let people = People::signed_in().await;
    let mut database = people.app.sql().await;
    sqlx::query("UPDATE okta_session SET email = ''")
        .execute(&mut database)
        .await
        .unwrap();
    let token = revocation_token(&people.app, &people.provider, |_| {});
    let answer = revoke(&people.app, &token, &by_email("ada@example.com")).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(people.are_signed_in().await, [false, false, true]);
}

#[tokio::test]
async fn the_database_tells_nobodys_email() {
    let people = People::signed_in().await;
    let mut database = people.app.sql().await;
    let emails: Vec<(String,)> = sqlx::query_as("SELECT email FROM okta_session")
        .fetch_all(&mut database)
        .await
        .unwrap();
    let hashes = emails.iter().filter(|(email,)| email.len() == 43);
    assert_eq!(hashes.count(), 3);
}

#[tokio::test]
async fn what_cannot_be_deleted_yet_is_said_and_no_longer_counts() {
    let people = People::signed_in().await;
    let mut database = people.app.sql().await;
    let break_it = "CREATE TRIGGER broken BEFORE DELETE ON okta_session \
                    BEGIN SELECT RAISE(ABORT, 'broken'); END";
    sqlx::query(break_it).execute(&mut database).await.unwrap();
    let token = revocation_token(&people.app, &people.provider, |_| {});
    let answer = revoke(&people.app, &token, &by_email("ada@example.com")).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(people.are_signed_in().await, [false, false, true]);
}
