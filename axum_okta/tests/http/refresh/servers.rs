//! Several servers on one database.

use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use tokio::runtime::Runtime;

use super::{Stage, until};
use crate::{
    harness::{ACCESS_TOKEN, App, Instead, ada, session_id},
    servers::{Servers, on},
};

/// The cookie of somebody whose access token has expired.
async fn expired_session(stage: &Stage) -> String {
    stage.provider.now().expires_in = 0;
    stage.provider.now().person = ada();
    let session = session_id(&stage.app.browser().sign_in("/").await);
    stage.provider.now().expires_in = 3600;
    session
}

#[tokio::test]
async fn two_hundred_requests_on_three_servers_make_one_refresh() {
    let mut servers = Servers::start(3).await;
    let stage = Stage::with(servers.apps.pop().unwrap()).await;
    let session = expired_session(&stage).await;
    // Every server knows the connection.
    for server in &servers.apps {
        until(async || {
            let login = server.browser().page("/login").await;
            login.status() == StatusCode::SEE_OTHER
        })
        .await;
    }
    servers.apps.push(stage.app);
    // All of them are there before Okta has answered.
    let late = Instead::Late(Duration::from_secs(1));
    stage.provider.now().refreshing.instead = late;
    let requests = servers.apps.iter().cycle().take(200).enumerate();
    let answers = requests.map(async |(number, server)| {
        // Some want the identity alone, some a token.
        let path = ["/api/identity", "/access-token"][number % 2];
        let answer = server.with_session(path, &session).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        (path, answer.text().await.unwrap())
    });
    for (path, text) in join_all(answers).await {
        if path == "/access-token" {
            assert_eq!(text, format!("{ACCESS_TOKEN}-1"));
        }
    }
    assert_eq!(stage.provider.asked("refresh"), 1);
}

/// Okta has replaced the token, and nobody here knows the new one. The former one is good for a
/// while yet.
#[tokio::test]
async fn a_server_that_dies_between_oktas_answer_and_ours_loses_no_session() {
    let mut servers = Servers::start(1).await;
    let stage = Stage::with(servers.apps.pop().unwrap()).await;
    let session = expired_session(&stage).await;

    stage.provider.now().refreshing.instead = Instead::Silence;
    let doomed = Runtime::new().unwrap();
    let (database, cookie) = (servers.database.clone(), session.clone());
    doomed.spawn(async move {
        // The others wait as long for it.
        let patience = Duration::from_secs(1);
        let server = App::start_with(|builder| on(&database)(builder).okta_timeout(patience)).await;
        server.with_session("/access-token", &cookie).await
    });
    stage.provider.until_asked("rotated", 1).await;
    doomed.shutdown_background();
    stage.provider.now().refreshing.instead = Instead::Nothing;

    let token = stage.app.with_session("/access-token", &session).await;
    assert_eq!(token.status(), StatusCode::OK);
    assert_eq!(token.text().await.unwrap(), format!("{ACCESS_TOKEN}-2"));
    // And the token that came then is good.
    stage.provider.now().expires_in = 0;
    until(async || {
        let identity = stage.app.with_session("/api/identity", &session).await;
        assert_eq!(identity.status(), StatusCode::OK);
        stage.provider.asked("refresh") == 2
    })
    .await;
}
