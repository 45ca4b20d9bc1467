//! What an app's own code can do with a token that is bound, and what a thief can't.

use http::{StatusCode, header};
use reqwest::Client;

use super::connected;
use crate::harness::{App, Nonce, Provider, ada, refresh_form};

fn calls_userinfo(provider: &Provider) -> String {
    format!("/calls-api?url={}/userinfo", provider.issuer)
}

/// The provider checks that the proof is for this request and this token.
#[tokio::test]
async fn an_app_calls_an_api_with_a_token_that_is_bound() {
    let (app, provider, _admin) = connected().await;
    let browser = app.signed_in(&provider, ada()).await;
    let answer = browser.api(&calls_userinfo(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("Ada Lovelace"));
}

#[tokio::test]
async fn an_api_gets_its_nonce() {
    let (app, provider, _admin) = connected().await;
    let browser = app.signed_in(&provider, ada()).await;
    provider.now().dpop.nonce = Nonce::This("of-the-api");
    let before = provider.asked("userinfo");
    let answer = browser.api(&calls_userinfo(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(provider.asked("userinfo"), before + 2);
}

#[tokio::test]
async fn a_token_that_is_not_bound_is_sent_as_a_bearer_token() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    admin.connect(&refresh_form(&provider)).await;
    let browser = app.signed_in(&provider, ada()).await;
    let answer = browser.api(&calls_userinfo(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_that_was_stolen_is_worth_nothing() {
    let (app, provider, _admin) = connected().await;
    let browser = app.signed_in(&provider, ada()).await;
    let token = browser.api("/access-token").await.text().await.unwrap();
    for scheme in ["Bearer", "DPoP"] {
        let request = Client::new().get(format!("{}/userinfo", provider.issuer));
        let request = request.header(header::AUTHORIZATION, format!("{scheme} {token}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{scheme}");
    }
}
