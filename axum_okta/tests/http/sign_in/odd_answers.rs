//! A provider that fails is told from one that must not be believed.

use axum_okta::connection::MissingGroups;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{App, Log, Signature, form, form_with, outcomes, table};

type Answer = (StatusCode, HeaderMap, axum::body::Bytes);

fn answer(status: u16, media_type: &'static str, body: impl ToString) -> Answer {
    let media_type = HeaderValue::from_static(media_type);
    (
        StatusCode::from_u16(status).unwrap(),
        HeaderMap::from_iter([(header::CONTENT_TYPE, media_type)]),
        body.to_string().into(),
    )
}

fn json_answer(status: u16, body: Value) -> Answer {
    answer(status, "application/json", body)
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_not_an_id_token_that_was_refused() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let okta_error = json!({ "errorCode": "E0000009", "errorSummary": "Internal Server Error" });
    for (given, status, why) in [
        (
            json_answer(500, okta_error.clone()),
            StatusCode::SERVICE_UNAVAILABLE,
            "responded with status 500",
        ),
        (
            json_answer(503, json!({ "error": "temporarily_unavailable" })),
            StatusCode::SERVICE_UNAVAILABLE,
            "responded with status 503",
        ),
        (
            answer(500, "text/html", "<h1>500</h1>"),
            StatusCode::SERVICE_UNAVAILABLE,
            "responded with status 500",
        ),
        (
            answer(502, "text/html", ""),
            StatusCode::SERVICE_UNAVAILABLE,
            "responded with status 502",
        ),
        (
            json_answer(429, okta_error),
            StatusCode::SERVICE_UNAVAILABLE,
            "responded with status 429",
        ),
        (
            json_answer(200, json!({ "id_token": "x" })),
            StatusCode::BAD_GATEWAY,
            "the token endpoint's response can't be used",
        ),
        (
            answer(200, "text/html", "<h1>Sign in</h1>"),
            StatusCode::BAD_GATEWAY,
            "the token endpoint's response can't be used",
        ),
        (
            json_answer(400, json!({ "error": "invalid_grant" })),
            StatusCode::BAD_GATEWAY,
            "the token endpoint rejected the code",
        ),
    ] {
        provider.now().token_answer = Some(given);
        let refused = app.browser().sign_in("/").await;
        assert_eq!(refused.status(), status, "{why}");
        let event = admin.audit().await[0].take();
        let detail = event["detail"].as_str().unwrap();
        assert!(detail.contains(why), "{detail}");
        assert!(!detail.contains("ID token"), "{detail}");
    }
}

#[tokio::test]
async fn a_token_endpoint_that_fails_on_an_invented_code_can_be_connected() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    provider.now().token_answer = Some(json_answer(500, json!({ "status": 500 })));
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(outcomes(answer).await["credentials"], "unknown");
}

#[tokio::test]
async fn an_empty_address_in_discovery_is_as_if_it_were_not_there() {
    for nothing in ["\"\"", "null"] {
        let app = App::start().await;
        let (provider, admin) = app.ready_to_connect().await;
        let issuer = &provider.issuer;
        let document = format!(
            r#"{{
                "issuer": "{issuer}", "authorization_endpoint": "{issuer}/authorize",
                "token_endpoint": "{issuer}/token", "jwks_uri": "{issuer}/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "userinfo_endpoint": {nothing}, "end_session_endpoint": {nothing},
                "registration_endpoint": {nothing}, "op_policy_uri": {nothing},
                "op_tos_uri": {nothing}, "service_documentation": {nothing},
                "scopes_supported": {nothing}, "claims_supported": {nothing},
                "authorization_response_iss_parameter_supported": {nothing}
            }}"#
        );
        provider.now().discovery_answer = Some(answer(200, "application/json", document));
        provider.now().thin = true;
        let connected = admin.connect(&form(&provider)).await;
        assert_eq!(connected.status(), StatusCode::OK, "{nothing}");
        assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
        assert_eq!(admin.identity().await["subject"], "00u1ada");
        assert_eq!(provider.asked("userinfo"), 0);
    }
    // What has to be there is missing.
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    for name in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
    ] {
        provider.now().discovery = json!({ name: "" });
        let refused = admin.connect(&form(&provider)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

/// Each way in which userinfo gives nothing.
fn without_userinfo() -> [Answer; 7] {
    [
        answer(401, "application/json", ""),
        json_answer(403, json!({ "error": "insufficient_scope" })),
        json_answer(500, json!({ "errorCode": "E0000009" })),
        answer(302, "text/html", ""),
        answer(200, "text/html", "<h1>Sign in</h1>"),
        answer(200, "application/json", "<h1>Sign in</h1>"),
        json_answer(200, json!([])),
    ]
}

#[tokio::test]
async fn userinfo_that_gives_nothing_takes_nothing_from_the_id_token() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    // No name, and no email address.
    provider.now().person = json!({ "sub": "00u1ada", "groups": ["Engineering"] });
    for given in without_userinfo() {
        let log = Log::default();
        let _listening = log.listen("axum_okta=info");
        provider.now().userinfo_answer = Some(given.clone());
        let browser = app.browser();
        let done = browser.sign_in("/").await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{given:?}");
        let identity = browser.identity().await;
        assert_eq!(identity["subject"], "00u1ada");
        assert_eq!(identity["groups"], json!(["Engineering"]));
        assert_eq!(identity["name"], Value::Null);
        let text = log.text();
        assert!(
            text.contains("userinfo couldn't be loaded"),
            "{given:?}: {text}"
        );
    }
}

#[tokio::test]
async fn groups_that_userinfo_should_have_given_are_missing_groups() {
    for (policy, roles, may) in [
        (MissingGroups::Refuse, false, false),
        (MissingGroups::Continue, true, true),
        (MissingGroups::RefuseIfNeeded, true, false),
        (MissingGroups::RefuseIfNeeded, false, true),
    ] {
        let app = App::start().await;
        let (provider, admin) = app.connected().await;
        let form = form_with(&provider, |form| form.options.missing_groups = policy);
        admin.connect(&form).await;
        admin.sign_in("/").await;
        if roles {
            admin.set_roles(&table(&[("Support", "author")])).await;
        }
        provider.now().thin = true;
        provider.now().userinfo_answer = Some(answer(401, "application/json", ""));
        let browser = app.browser();
        let done = browser.sign_in("/").await;
        assert_eq!(browser.is_signed_in().await, may, "{policy:?}, {roles}");
        let trail = admin.audit().await;
        let entry = &trail.as_array().unwrap()[usize::from(may)];
        let why = "userinfo couldn't be loaded: it responded with status 401";
        assert!(entry["detail"].as_str().unwrap().contains(why), "{entry}");
        if may {
            assert_eq!(entry["event"], "groups_missing");
            assert_eq!(browser.identity().await["groups"], Value::Null);
        } else {
            assert_eq!(done.status(), StatusCode::FORBIDDEN);
        }
    }
}

#[tokio::test]
async fn userinfo_that_must_not_be_believed_still_refuses() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    provider.now().thin = true;
    for (userinfo, signature) in [
        (json!({ "sub": "00u9mallory" }), None),
        (json!({ "sub": null }), None),
        (json!({ "sub": 5 }), None),
        (json!({}), Some(Signature::Broken)),
        (json!({}), Some(Signature::None)),
        (json!({}), Some(Signature::Key(1))),
        (json!({ "sub": "00u9mallory" }), Some(Signature::Key(0))),
        (json!({ "aud": "somebody-else" }), Some(Signature::Key(0))),
    ] {
        provider.now().userinfo = userinfo.clone();
        provider.now().userinfo_signature = signature;
        let browser = app.browser();
        let refused = browser.sign_in("/").await;
        assert_eq!(refused.status(), StatusCode::BAD_GATEWAY, "{userinfo}");
        assert!(!browser.is_signed_in().await, "{userinfo}");
    }
}
