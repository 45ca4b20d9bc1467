//! What a provider may demand that this app does not do: each has its own check, and its remedy.

use axum_okta::connection::{ClientAuthentication, ConnectionForm};
use http::StatusCode;
use serde_json::{Value, json};

use super::{ready, refused};
use crate::harness::{Authentication, Behaviour, SHORT_KEY, form, form_with};

/// Tries to connect; expects this check to fail, no other, and these skipped. Gives it back.
async fn fails(
    behave: impl FnOnce(&mut Behaviour),
    change: impl FnOnce(&mut ConnectionForm),
    failed: &str,
    skipped: &[&str],
) -> (Value, usize) {
    let (app, provider, admin) = ready().await;
    behave(&mut provider.now());
    let mut expected = json!({ "issuer": "passed", "discovery": "passed", "endpoints": "passed",
        "credentials": "passed", "redirect_uri": "passed", "groups": "passed" });
    expected[failed] = json!("failed");
    for name in skipped {
        expected[name] = json!("skipped");
    }
    let text = refused(&app, &admin, &form_with(&provider, change), expected).await;
    let mut report: Value = serde_json::from_str(&text).unwrap();
    let mut checks = report["checks"].as_array_mut().unwrap().iter_mut();
    let check = checks.find(|check| check["name"] == failed).unwrap().take();
    (check, provider.asked("token"))
}

fn text(check: &Value) -> String {
    format!("{} {}", check["message"], check["remedy"])
}

#[tokio::test]
async fn algorithms_that_cannot_be_verified_are_refused_by_name() {
    for algorithms in [
        &["HS256"][..],
        &["ES512"],
        &["Ed25519"],
        &["none", "HS512"],
        &[],
    ] {
        let discovery = json!({ "id_token_signing_alg_values_supported": algorithms });
        let skipped = ["endpoints", "credentials", "redirect_uri", "groups"];
        let (check, _) = fails(
            |provider| provider.discovery = discovery,
            |_| {},
            "signing_algorithm",
            &skipped,
        )
        .await;
        let text = text(&check);
        for name in algorithms {
            assert!(text.contains(name), "{text}");
        }
        assert!(text.contains("RS256"), "{text}");
    }
}

#[tokio::test]
async fn algorithms_that_must_not_be_chosen_are_named_beside_those_that_may() {
    let (_app, provider, admin) = ready().await;
    let algorithms = ["ES512", "RS256", "HS256", "PS256", "Ed25519"];
    provider.now().discovery = json!({ "id_token_signing_alg_values_supported": algorithms });
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let report: Value = answer.json().await.unwrap();
    let check = &report["checks"][2];
    assert_eq!(check["name"], "signing_algorithm");
    assert_eq!(check["outcome"], "passed");
    let message = check["message"].as_str().unwrap();
    assert!(message.contains("RS256, PS256 are accepted"), "{message}");
    assert!(
        message.contains("don't choose ES512, HS256, Ed25519"),
        "{message}"
    );
}

#[tokio::test]
async fn keys_that_verify_nothing_are_refused_by_kind() {
    for (key, kind) in [
        (
            json!({ "kty": "EC", "crv": "P-521", "x": "AQ", "y": "AQ", "alg": "ES512" }),
            "P-521",
        ),
        (
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQ", "alg": "Ed25519" }),
            "Ed25519",
        ),
        (
            json!({ "kty": "OKP", "crv": "Ed448", "x": "AQ", "alg": "EdDSA" }),
            "Ed448",
        ),
        (json!({ "kty": "oct", "k": "AQ", "alg": "HS256" }), "HS256"),
        (json!({ "use": "enc" }), "enc"),
    ] {
        let skipped = ["credentials", "redirect_uri", "groups"];
        let (check, _) = fails(|provider| provider.key = key, |_| {}, "endpoints", &skipped).await;
        assert!(text(&check).contains(kind), "{check}");
    }
}

#[tokio::test]
async fn rsa_keys_of_less_than_2048_bits_are_refused_by_length() {
    let skipped = ["credentials", "redirect_uri", "groups"];
    let behave = |provider: &mut Behaviour| provider.published = vec![SHORT_KEY];
    let (check, _) = fails(behave, |_| {}, "endpoints", &skipped).await;
    assert!(text(&check).contains("RSA RS256 sig 1024 bits"), "{check}");
}

#[tokio::test]
async fn pushed_authorization_requests_are_named_where_this_client_needs_them() {
    let behave = |provider: &mut Behaviour| provider.only_pushed = true;
    let (check, _) = fails(behave, |_| {}, "pushed_requests", &["redirect_uri"]).await;
    assert!(
        text(&check).contains("Send sign-in requests directly to Okta"),
        "{check}"
    );
    assert!(!text(&check).contains("Authorization Code"), "{check}");
}

#[tokio::test]
async fn a_provider_without_an_endpoint_for_pushed_requests_is_not_connected_with_them() {
    let required = |provider: &mut Behaviour| {
        provider.discovery = json!({ "require_pushed_authorization_requests": true });
    };
    let wanted = |form: &mut ConnectionForm| form.options.pushed_requests = true;
    fails(required, |_| {}, "pushed_requests", &["redirect_uri"]).await;
    fails(|_| {}, wanted, "pushed_requests", &["redirect_uri"]).await;
}

#[tokio::test]
async fn a_client_that_is_bound_to_dpop_is_named() {
    for error in [
        json!({ "error": "invalid_dpop_proof" }),
        json!({ "error": "use_dpop_nonce" }),
        json!({ "error": "invalid_request", "error_description": "DPoP proof JWT not provided" }),
    ] {
        let (check, _) = fails(
            |provider| provider.token_error = Some(error),
            |_| {},
            "proof_of_possession",
            &["credentials"],
        )
        .await;
        for remedy in [
            "Select “Bind tokens to this app (DPoP)”",
            "(DPoP) header in token requests",
        ] {
            assert!(text(&check).contains(remedy), "{check}");
        }
        assert_eq!(check["field"], "dpop");
    }
    let demanding = |provider: &mut Behaviour| provider.dpop.demanded = true;
    let (check, _) = fails(demanding, |_| {}, "proof_of_possession", &["credentials"]).await;
    assert!(text(&check).contains("requires DPoP"), "{check}");
}

#[tokio::test]
async fn tokens_are_bound_only_where_the_provider_says_that_it_accepts_the_proofs() {
    let wanted = |form: &mut ConnectionForm| form.options.dpop = true;
    let offering = |algorithms: Value| {
        move |provider: &mut Behaviour| {
            provider.discovery = json!({ "dpop_signing_alg_values_supported": algorithms });
        }
    };
    for (algorithms, words) in [
        (json!(null), "doesn't offer DPoP"),
        (json!([]), "doesn't offer DPoP"),
        (json!(["RS256", "EdDSA"]), "RS256, EdDSA, not ES256"),
    ] {
        let skipped = ["credentials"];
        let behave = offering(algorithms);
        let (check, asked) = fails(behave, wanted, "proof_of_possession", &skipped).await;
        assert!(text(&check).contains(words), "{check}");
        assert_eq!(asked, 0);
    }
    let refusing = |provider: &mut Behaviour| {
        offering(json!(["ES256"]))(provider);
        provider.token_error = Some(json!({ "error": "invalid_dpop_proof" }));
    };
    let (check, _) = fails(refusing, wanted, "proof_of_possession", &["credentials"]).await;
    assert!(text(&check).contains("Compare the clocks"), "{check}");
}

#[tokio::test]
async fn only_a_client_authentication_that_discovery_offers_is_tried() {
    let offering = |methods: Value| {
        move |provider: &mut Behaviour| {
            provider.discovery = json!({ "token_endpoint_auth_methods_supported": methods });
        }
    };
    for methods in [
        json!(["client_secret_jwt"]),
        json!(["private_key_jwt", "tls_client_auth"]),
        json!([]),
    ] {
        let (check, asked) = fails(
            offering(methods.clone()),
            |_| {},
            "client_authentication",
            &["credentials"],
        )
        .await;
        assert_eq!(asked, 0, "{methods}");
        assert!(text(&check).contains("select Client secret"), "{check}");
        for method in methods.as_array().unwrap() {
            assert!(text(&check).contains(method.as_str().unwrap()), "{check}");
        }
    }
    for (chosen, offered) in [
        (
            ClientAuthentication::ClientSecretPost,
            "client_secret_basic",
        ),
        (
            ClientAuthentication::ClientSecretBasic,
            "client_secret_post",
        ),
    ] {
        let (check, asked) = fails(
            offering(json!([offered])),
            |form| form.options.client_authentication = chosen,
            "client_authentication",
            &["credentials"],
        )
        .await;
        assert_eq!(asked, 0);
        let text = text(&check);
        assert!(
            text.contains(chosen.as_str()) && text.contains("Automatic"),
            "{text}"
        );
    }
}

/// Some providers know public clients alone.
#[tokio::test]
async fn a_provider_that_takes_no_secret_is_sent_none() {
    let (app, provider, admin) = ready().await;
    {
        let mut behaviour = provider.now();
        behaviour.discovery = json!({ "token_endpoint_auth_methods_supported": ["none"] });
        behaviour.authentication = Authentication::Public;
    }
    let report = admin.connect(&form(&provider)).await;
    assert_eq!(report.status(), StatusCode::OK);
    assert!(
        report
            .text()
            .await
            .unwrap()
            .contains("accepts no client secret")
    );
    let browser = app.browser();
    browser.sign_in("/").await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn what_the_provider_says_of_its_error_is_shown_on_one_line_and_cut() {
    let description = format!(
        "The <b>secret</b>\r\n\u{202e}has expired. {}",
        "x".repeat(5000)
    );
    let error = |code| json!({ "error": code, "error_description": description.as_str() });
    let shown = "The provider says: “The <b>secret</b>has expired. xxx";

    let behave = |provider: &mut Behaviour| provider.token_error = Some(error("invalid_client"));
    let (at_token, _) = fails(behave, |_| {}, "credentials", &[]).await;
    let behave =
        |provider: &mut Behaviour| provider.authorize_error = Some(error("invalid_request"));
    let (at_authorize, _) = fails(behave, |_| {}, "redirect_uri", &[]).await;
    for check in [at_token, at_authorize] {
        let message = check["message"].as_str().unwrap();
        assert!(message.contains(shown), "{message}");
        assert!(
            message.ends_with("xxx…”") && message.len() < 400,
            "{message}"
        );
    }
}
