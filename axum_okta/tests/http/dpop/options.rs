//! Where an admin chooses it.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{bound, connected, ready};
use crate::harness::{App, CONNECTION, form};

#[tokio::test]
async fn it_is_an_option_of_the_connection_and_its_change_is_in_the_audit_trail() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    assert!(!app.okta.connection().unwrap().options.dpop);
    let patch = json!({ "dpop": true });
    let answer = admin.send_json(Method::PATCH, CONNECTION, &patch).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(app.okta.connection().unwrap().options.dpop);
    let connection: Value = admin.json(CONNECTION).await;
    assert_eq!(connection["dpop"], true);
    let newest = admin.audit().await[0].take();
    let detail = newest["detail"].as_str().unwrap();
    assert!(detail.contains("dpop true"), "{detail}");
}

#[tokio::test]
async fn the_settings_say_whether_the_provider_offers_it_once_that_is_known() {
    let (_app, _provider, admin) = connected().await;
    assert_eq!(admin.settings().await["offers_dpop"], true);
    assert_eq!(admin.settings().await["connection"]["dpop"], true);

    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    assert_eq!(admin.settings().await["offers_dpop"], Value::Null);
    admin.sign_in("/").await;
    assert_eq!(admin.settings().await["offers_dpop"], false);
    let answer = admin.connect(&bound(&provider)).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
