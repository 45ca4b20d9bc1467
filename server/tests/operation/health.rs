//! `/healthz`, `/readyz`, and the command for containers.

use http::StatusCode;
use serde_json::Value;

use crate::{
    Connected,
    person::Person,
    support::{command, start},
};

#[tokio::test]
async fn a_server_is_alive_and_ready_and_health_checks_have_no_session() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &[]).await;
    let person = Person::at(&server.url);
    for (path, status) in [("/healthz", "alive"), ("/readyz", "ready")] {
        let answer = person.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(answer.headers().get("set-cookie").is_none());
        assert_eq!(answer.json::<Value>().await.unwrap()["status"], status);
    }
}

#[tokio::test]
async fn with_a_wrong_key_it_is_alive_and_says_why_it_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path(), &[]).await);
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let server = start(folder.path(), &[("OKTA_ENCRYPTION_KEY", key)]).await;
    let person = Person::at(&server.url);
    assert_eq!(person.get("/healthz").await.status(), StatusCode::OK);
    let answer = person.get("/readyz").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = answer.text().await.unwrap();
    assert!(
        body.contains("\"key_does_not_fit\"") && !body.contains(key),
        "{body}"
    );
}

#[tokio::test]
async fn the_command_for_containers_asks_the_running_server() {
    let connected = Connected::start(&[]).await;
    let health = async || {
        let mut asked = command(connected.folder.path());
        asked
            .env("LEPTOS_SITE_ADDR", &connected.address)
            .arg("health");
        asked.output().await.unwrap()
    };
    assert!(health().await.status.success());
    let mut server = connected.server;
    server.child.kill().await.unwrap();
    let mut asked = command(connected.folder.path());
    let asked = asked
        .env("LEPTOS_SITE_ADDR", &connected.address)
        .arg("health");
    let refused = asked.output().await.unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&connected.address), "{said}");
}
