//! A signal lets what is under way finish.

use std::{process::ExitStatus, time::Duration};

use http::StatusCode;
use tokio::{process::Command, time::timeout};

use crate::{Connected, person::location, support::Server};

/// Longer than an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(60);

async fn signal(server: &Server, signal: &str) {
    let id = server.child.id().unwrap().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().await;
    assert!(sent.unwrap().success());
}

async fn end(server: &mut Server) -> ExitStatus {
    let ended = timeout(PATIENCE, server.child.wait()).await;
    ended.expect("it stops").unwrap()
}

#[tokio::test]
async fn a_callback_under_way_finishes_and_its_session_is_good_after_the_restart() {
    let mut connected = Connected::start(&[]).await;
    let ada = connected.person();
    let callback = ada.to_provider().await;
    connected.provider.now().token_delay = Duration::from_secs(5);

    let asked = connected.provider.asked("token") + 1;
    let provider = connected.provider.clone();
    let stopping = async {
        provider.until_asked("token", asked).await;
        signal(&connected.server, "-TERM").await;
        // Not ready from the beginning of its end on.
        loop {
            let answer = ada.get("/readyz").await;
            if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                let answer = answer.text().await.unwrap();
                assert!(answer.contains("shutting_down"), "{answer}");
                return;
            }
        }
    };
    let (done, ()) = tokio::join!(ada.get(&callback), stopping);
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&done), "/protected");
    assert!(end(&mut connected.server).await.success());
    assert!(connected.log().contains("stopping"), "{}", connected.log());

    connected.start_again().await;
    assert!(ada.is_signed_in().await);
}

#[tokio::test]
async fn ctrl_c_ends_a_server_that_has_nothing_to_do() {
    let mut connected = Connected::start(&[]).await;
    // A connection that is kept open is nothing to wait for.
    let ada = connected.person();
    ada.sign_in().await;
    signal(&connected.server, "-INT").await;
    assert!(end(&mut connected.server).await.success());
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut connected = Connected::start(&[]).await;
    let ada = connected.person();
    let callback = ada.to_provider().await;
    connected.provider.now().token_delay = Duration::from_secs(600);
    let asked = connected.provider.asked("token") + 1;
    let provider = connected.provider.clone();
    let waiting = tokio::spawn(async move { ada.get(&callback).await });
    provider.until_asked("token", asked).await;
    signal(&connected.server, "-TERM").await;
    while !connected.log().contains("another signal stops at once") {
        tokio::task::yield_now().await;
    }
    signal(&connected.server, "-TERM").await;
    assert!(!end(&mut connected.server).await.success());
    assert!(
        connected.log().contains("second signal"),
        "{}",
        connected.log()
    );
    waiting.abort();
}
