//! What the app is told of sessions that have ended.

use std::sync::{Arc, Mutex};

use axum_okta::sessions::SessionEnded;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::{harness::Log, refresh::until};

async fn people() -> (People, UnboundedReceiver<SessionEnded>) {
    let (tell, told) = unbounded_channel();
    let app = App::start_with(|builder| {
        builder.on_session_ended(move |ended| {
            let told = tell.send(ended);
            async move { Ok(told?) }
        })
    });
    (People::signed_in_at(app.await).await, told)
}

#[tokio::test]
async fn the_app_is_told_whose_session_ended_and_why() {
    let (people, mut told) = people().await;
    let id = id_of(&people.ada[0]).await;
    people.ada[0].post("/logout").await;
    let ended = told.recv().await.unwrap();
    assert_eq!(ended.session, id);
    assert_eq!(ended.issuer, people.provider.issuer);
    assert_eq!(ended.subject, "00u1ada");
    assert_eq!(ended.name, "Ada Lovelace");
    assert_eq!(ended.email.as_deref(), Some("ada@example.com"));
    assert_eq!(ended.cause.as_str(), "signed_out");

    // In two tabs at once.
    people.ada[1].post("/logout").await;
    told.recv().await.unwrap();
    people.provider.now().person = ada();
    let tabs = [
        people.ada[1].to_provider_and_back("/").await,
        people.ada[1].to_provider_and_back("/").await,
    ];
    people.ada[1].page(&tabs[0]).await;
    let former = id_of(&people.ada[1]).await;
    people.ada[1].page(&tabs[1]).await;
    let ended = told.recv().await.unwrap();
    assert_eq!(
        (&*ended.session, ended.cause.as_str()),
        (&*former, "replaced")
    );

    let one = format!("{SESSIONS}/{}", id_of(&people.ada[1]).await);
    delete(&people.admin, &one).await;
    assert_eq!(told.recv().await.unwrap().cause.as_str(), "admin");
    assert!(told.try_recv().is_err(), "of each once");
}

#[tokio::test]
async fn of_sessions_that_end_together_the_app_is_told_of_each() {
    let (people, mut told) = people().await;
    delete_with(&people.admin, SESSIONS, json!({ "everybody": true })).await;
    let mut subjects = Vec::new();
    for _ in 0..3 {
        let ended = told.recv().await.unwrap();
        assert_eq!(ended.cause.as_str(), "admin");
        subjects.push(ended.subject);
    }
    subjects.sort();
    assert_eq!(subjects, ["00u1ada", "00u1ada", "00u2grace"]);
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn okta_is_a_cause_of_its_own() {
    let (people, mut told) = people().await;
    let url = format!("{}/global-token-revocation", people.app.url);
    let token = people.provider.revocation_token(&url, |_| {});
    let body = json!({ "sub_id": { "format": "email", "email": "grace@example.com" } });
    let request = people
        .app
        .browser()
        .request(Method::POST, "/global-token-revocation");
    let request = request.bearer_auth(token).json(&body);
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );
    let ended = told.recv().await.unwrap();
    assert_eq!(
        (&*ended.subject, ended.cause.as_str()),
        ("00u2grace", "universal_logout")
    );
}

#[tokio::test]
async fn what_goes_wrong_in_the_app_is_logged_and_the_session_has_ended() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=error");
    let calls = Arc::new(Mutex::new(0));
    let counted = calls.clone();
    let app = App::start_with(|builder| {
        builder.on_session_ended(move |ended| {
            let call = {
                let mut calls = counted.lock().unwrap();
                *calls += 1;
                *calls
            };
            async move {
                assert_ne!(call, 1, "on purpose");
                Err(format!("{} is not told", ended.name).into())
            }
        })
    });
    let people = People::signed_in_at(app.await).await;
    for browser in &people.ada {
        browser.post("/logout").await;
    }
    assert_eq!(people.are_signed_in().await, [true, false, false]);
    log.until_so_often("a session has ended without the app's part", 2)
        .await;
    log.until_so_often("Ada Lovelace is not told", 1).await;
}

/// It is an end only if the app doesn't go on with it.
#[tokio::test]
async fn what_the_app_ends_itself_it_is_told_of_once_it_is_final() {
    let (people, mut told) = people().await;
    let id = id_of(&people.ada[0]).await;
    people.ada[0].post("/cycle-id").await;
    assert_eq!(people.are_signed_in().await, [true, true, true]);
    let moved = id_of(&people.ada[0]).await;
    assert_ne!(moved, id);
    people.ada[0].post("/flush").await;
    let ended = told.recv().await.unwrap();
    assert_eq!((&*ended.session, ended.cause.as_str()), (&*moved, "app"));
    let second = id_of(&people.ada[1]).await;
    people.ada[1].post("/delete").await;
    let ended = told.recv().await.unwrap();
    assert_eq!((&*ended.session, ended.cause.as_str()), (&*second, "app"));
    assert!(told.try_recv().is_err(), "of each once");
    until(async || {
        let entries = people.admin.audit().await;
        let entries = entries.as_array().unwrap().iter();
        let by_app = entries.filter(|entry| entry["detail"] == "This app ended it");
        by_app
            .filter(|entry| entry["actor"]["subject"] == "00u1ada")
            .count()
            == 2
    })
    .await;
}

/// Nobody is signed in with them from then on. The app is told when they are deleted.
#[tokio::test]
async fn sessions_of_a_connection_that_was_disconnected_are_told_of_when_they_are_deleted() {
    let (tell, mut told) = unbounded_channel();
    let hooked = |builder: OktaBuilder| {
        let tell = tell.clone();
        builder.on_session_ended(move |ended| {
            let told = tell.send(ended);
            async move { Ok(told?) }
        })
    };
    let people = People::signed_in_at(App::start_with(hooked).await).await;
    people.admin.disconnect().await;
    assert_eq!(people.are_signed_in().await, [false, false, false]);
    assert!(told.try_recv().is_err());
    let expire = "UPDATE okta_session SET expires_at = 1";
    let mut database = people.app.sql().await;
    sqlx::query(expire).execute(&mut database).await.unwrap();
    drop(database);
    let app = people.app.restart_with(hooked).await;
    for _ in 0..3 {
        let ended = told.recv().await.unwrap();
        assert_eq!(ended.cause.as_str(), "disconnected");
    }
    drop(app);
}
