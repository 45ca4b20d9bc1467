//! What this app sends to a provider, and what it makes of answers that hold more than it knows.

use std::collections::{HashMap, HashSet};

use axum_okta::connection::ClientAuthentication;
use http::{StatusCode, header};
use serde_json::json;
use url::Url;

use super::{is_refused, succeeds};
use crate::harness::{
    App, Authentication, CLIENT_ID, CLIENT_SECRET, form_with, location, parameter,
};

/// base64url of 256 random bits.
const OF_256_BITS: usize = 43;

fn authentication(in_body: bool) -> Authentication {
    if in_body {
        Authentication::Post
    } else {
        Authentication::Basic
    }
}

/// Each once (RFC 6749 §3.1).
fn once(fields: impl IntoIterator<Item = (String, String)>) -> HashMap<String, String> {
    let mut all = HashMap::new();
    for (name, value) in fields {
        assert!(!value.is_empty(), "{name} says something");
        assert_eq!(
            all.insert(name.clone(), value),
            None,
            "{name} is there once"
        );
    }
    all
}

async fn authorization_request(app: &App) -> HashMap<String, String> {
    let login = app.browser().page("/login").await;
    let request = Url::parse(&location(&login)).unwrap();
    assert_eq!(request.fragment(), None);
    once(request.query_pairs().into_owned())
}

#[tokio::test]
async fn an_authorization_request_is_of_the_code_flow_with_pkce_state_and_nonce() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let mut request = authorization_request(&app).await;
    assert_eq!(request["response_type"], "code");
    assert_eq!(request["client_id"], CLIENT_ID);
    assert_eq!(request["code_challenge_method"], "S256");
    assert_eq!(request["code_challenge"].len(), OF_256_BITS);
    assert!(request["state"].len() >= OF_256_BITS);
    assert!(request["nonce"].len() >= OF_256_BITS);
    let scopes: Vec<&str> = request["scope"].split(' ').collect();
    assert_eq!(scopes, ["openid", "profile", "email", "groups"]);
    let redirect_uri = Url::parse(&request["redirect_uri"]).unwrap();
    assert_eq!(redirect_uri.fragment(), None);

    // Nothing that asks for more, and nothing about anybody.
    let expected = [
        "response_type",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "state",
        "nonce",
        "scope",
        "redirect_uri",
    ];
    request.retain(|name, _| !expected.contains(&name.as_str()));
    assert_eq!(request, HashMap::new());
}

#[tokio::test]
async fn state_nonce_and_verifier_are_new_for_each_request() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let request = authorization_request(&app).await;
        for name in ["state", "nonce", "code_challenge"] {
            assert!(seen.insert(request[name].clone()), "{name}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_refuses_pkce_gets_no_request_without_it() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().authorize_error = Some(json!({
        "error": "invalid_request", "error_description": "transform algorithm not supported",
    }));
    let refused = browser.sign_in("/").await;
    assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
    let request = authorization_request(&app).await;
    assert_eq!(request["code_challenge_method"], "S256");
}

#[tokio::test]
async fn a_token_request_authenticates_in_one_way_and_repeats_the_redirect_uri() {
    for chosen in [
        ClientAuthentication::ClientSecretBasic,
        ClientAuthentication::ClientSecretPost,
    ] {
        let in_body = chosen == ClientAuthentication::ClientSecretPost;
        let app = App::start().await;
        let (provider, browser) = app.ready_to_connect().await;
        provider.now().authentication = authentication(in_body);
        let form = form_with(&provider, |form| {
            form.options.client_authentication = chosen
        });
        assert_eq!(browser.connect(&form).await.status(), StatusCode::OK);
        let callback = browser.to_provider_and_back("/").await;
        assert_eq!(
            browser.page(&callback).await.status(),
            StatusCode::SEE_OTHER
        );

        let request = provider.now().token_request.take().unwrap();
        assert_eq!(request.query, None);
        assert_eq!(
            request.headers[header::CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(
            request
                .headers
                .get_all(header::AUTHORIZATION)
                .iter()
                .count(),
            usize::from(!in_body)
        );
        let fields = once(request.fields());
        assert_eq!(fields["grant_type"], "authorization_code");
        assert_eq!(fields["code"], parameter(&callback, "code"));
        assert_eq!(fields["redirect_uri"], app.callback());
        assert_eq!(
            fields.get("client_secret").map(String::as_str),
            in_body.then_some(CLIENT_SECRET)
        );
        let verifier = &fields["code_verifier"];
        assert!((OF_256_BITS..=128).contains(&verifier.len()));
        let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(verifier.chars().all(is_unreserved), "{verifier}");
    }
}

#[tokio::test]
async fn a_client_secret_of_any_characters_is_encoded() {
    const SECRET: &str = "a+b:c%20d&e=f/~";
    let app = App::start().await;
    let (provider, browser) = app.ready_to_connect().await;
    for in_body in [false, true] {
        {
            let mut behaviour = provider.now();
            behaviour.client_secret = SECRET.to_owned();
            behaviour.authentication = authentication(in_body);
            let method = if in_body {
                "client_secret_post"
            } else {
                "client_secret_basic"
            };
            behaviour.discovery = json!({ "token_endpoint_auth_methods_supported": [method] });
        }
        let form = form_with(&provider, |form| form.client_secret = SECRET.to_owned());
        assert_eq!(browser.connect(&form).await.status(), StatusCode::OK);
        let signed_in = app.browser().sign_in("/").await;
        assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn endpoints_keep_a_query_of_their_own() {
    let app = App::start().await;
    let (provider, browser) = app.ready_to_connect().await;
    let issuer = &provider.issuer;
    provider.now().discovery = json!({
        "authorization_endpoint": format!("{issuer}/authorize?tenant=a%26b"),
        "token_endpoint": format!("{issuer}/token?tenant=a%26b"),
        "end_session_endpoint": format!("{issuer}/logout?tenant=a%26b"),
    });
    let form = form_with(&provider, |_| {});
    assert_eq!(browser.connect(&form).await.status(), StatusCode::OK);
    let login = browser.page("/login").await;
    assert_eq!(parameter(&location(&login), "tenant"), "a&b");
    let callback = browser.at_provider(&login).await;
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
    let request = provider.now().token_request.take().unwrap();
    assert_eq!(request.query.as_deref(), Some("tenant=a%26b"));
    let at_provider = location(&browser.post("/logout").await);
    assert_eq!(parameter(&at_provider, "tenant"), "a&b");
}

#[tokio::test]
async fn what_nobody_knows_in_an_answer_is_ignored() {
    let unknown = json!({ "a-parameter-of-tomorrow": "1" });
    let identity = succeeds(|provider| {
        provider.thin = true;
        provider.discovery = unknown.clone();
        provider.callback = unknown.clone();
        provider.token = unknown.clone();
        provider.header = unknown.clone();
        provider.id_token = unknown.clone();
        provider.userinfo = unknown.clone();
        provider.key = unknown.clone();
    })
    .await;
    assert_eq!(identity["name"], "Ada Lovelace");
}

#[tokio::test]
async fn what_nobody_knows_in_a_login_is_ignored() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let login = format!("/login?iss={}&a-parameter-of-tomorrow=1", provider.issuer);
    let asked = location(&browser.page(&login).await);
    assert!(asked.starts_with(&provider.issuer), "{asked}");
    assert!(!asked.contains("tomorrow"), "{asked}");
}

#[tokio::test]
async fn a_token_endpoint_that_sends_no_id_token_signs_nobody_in() {
    is_refused(|provider| provider.token = json!({ "id_token": null })).await;
    is_refused(|provider| provider.token = json!({ "access_token": null })).await;
}
