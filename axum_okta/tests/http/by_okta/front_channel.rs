//! Front-channel logout: a page of the app in a frame of Okta's.

use http::{StatusCode, header};
use reqwest::Response;
use serde_json::json;
use sqlx::Connection;

use super::People;
use crate::harness::{App, cache_control, form};

async fn frame(people: &People, query: &str) -> Response {
    let path = format!("/frontchannel-logout{query}");
    people.app.browser().page(&path).await
}

fn frame_ancestors(page: &Response) -> &str {
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    let (_, ancestors) = policy.unwrap().split_once("frame-ancestors ").unwrap();
    ancestors
}

#[tokio::test]
async fn the_session_that_ended_at_okta_ends_here_and_no_other() {
    let people = People::signed_in().await;
    let issuer = people.provider.issuer.clone();
    let page = frame(&people, &format!("?iss={issuer}&sid=first+sid+of+ada")).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(cache_control(&page), "no-store");
    assert_eq!(frame_ancestors(&page), issuer);
    assert!(!page.headers().contains_key(header::X_FRAME_OPTIONS));
    assert_eq!(people.are_signed_in().await, [false, true, true]);
    let entry = people.newest_entry().await;
    let expected = [
        "front_channel_logout",
        "okta",
        "A session at Okta: 1 session ended",
    ];
    assert_eq!(entry, expected);
    // For good: also for a server that remembers nothing.
    let People { app, ada, .. } = people;
    let _app = app.restart().await;
    assert!(!ada[0].is_signed_in().await);
}

#[tokio::test]
async fn without_the_issuer_and_the_session_nobody_is_signed_out() {
    let people = People::signed_in().await;
    let issuer = people.provider.issuer.clone();
    for incomplete in [
        "",
        "?sid=first+sid+of+ada",
        &format!("?iss={issuer}"),
        &format!("?iss={issuer}&sid="),
        &format!("?iss={issuer}&sid=first+sid+of+ada&sid=second+sid+of+ada"),
    ] {
        // Not even in a browser that sends its cookie along, as a link of another site makes it.
        let page = people.ada[0]
            .page(&format!("/frontchannel-logout{incomplete}"))
            .await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{incomplete}");
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn who_guesses_learns_nothing_and_ends_nothing() {
    let people = People::signed_in().await;
    let issuer = people.provider.issuer.clone();
    let mut pages = Vec::new();
    for guess in [
        "?iss=https://dev-2.okta.com&sid=first+sid+of+ada".to_owned(),
        format!("?iss={issuer}&sid=first+sid+of+nobody"),
        format!("?iss={issuer}&sid=-"),
        format!("?iss={issuer}&sid=FIRST+SID+OF+ADA"),
    ] {
        let page = frame(&people, &guess).await;
        assert_eq!(page.status(), StatusCode::OK, "{guess}");
        pages.push(page.text().await.unwrap());
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn without_a_connection_nobody_may_frame_it() {
    let app = App::start().await;
    let page = app.browser().page("/frontchannel-logout?iss=a&sid=b").await;
    assert_eq!(
        (page.status(), frame_ancestors(&page)),
        (StatusCode::OK, "'none'")
    );
}

/// Of an org and its authorization server, either may be connected, and the other's name come first.
#[tokio::test]
async fn every_connection_of_an_org_is_looked_at() {
    let app = App::start().await;
    let (org, admin) = app.ready_to_connect().await;
    assert_eq!(admin.connect(&form(&org)).await.status(), StatusCode::OK);
    org.now().id_token = json!({ "sid": "sid of ada" });
    admin.sign_in("/").await;
    let server = org.authorization_server();
    server.now().redirect_uris = vec![format!("{}/acme", app.callback())];
    let connected = admin.connect_as("acme", &form(server)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let call = format!("/frontchannel-logout?iss={}&sid=sid+of+ada", org.issuer);
    let page = app.browser().page(&call).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(!admin.is_signed_in().await);

    server.now().id_token = json!({ "sid": "another sid" });
    let browser = app.browser();
    browser.sign_in_at("/login?connection=acme").await;
    assert!(browser.is_signed_in().await);
    let call = format!("/frontchannel-logout?iss={}&sid=another+sid", org.issuer);
    app.browser().page(&call).await;
    assert!(!browser.is_signed_in().await);
}

/// Nor does anybody else wait for the database because of it.
#[tokio::test]
async fn a_guess_writes_nothing() {
    let people = People::signed_in().await;
    let issuer = people.provider.issuer.clone();
    let mut other_program = people.app.sql().await;
    let lock = other_program.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let page = frame(&people, &format!("?iss={issuer}&sid=first+sid+of+nobody")).await;
    assert_eq!(page.status(), StatusCode::OK);
    lock.rollback().await.unwrap();
}
