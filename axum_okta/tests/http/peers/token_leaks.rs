//! Tokens and secrets were shown: in the log, or to the browser.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Response;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::harness::{
    App, Behaviour, CLIENT_SECRET, CONNECTION, Log, SETUP_CODE, Signature, attempt_cookie,
    form_with, location, parameter,
};

/// Whether the verifier that belongs to this challenge is somewhere in the text: RFC 7636 §4.2,
/// tried on every part of the text that is as long as one.
fn holds_verifier(text: &str, challenge: &str) -> bool {
    const LENGTH: usize = 43;
    text.as_bytes()
        .windows(LENGTH)
        .any(|part| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(part)) == challenge)
}

#[tokio::test]
async fn no_token_and_no_secret_is_in_the_log() {
    let log = Log::default();
    let _listening = log.listen("info,axum_okta=trace");
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let mut secrets = vec![
        "an-access-token".to_owned(),
        CLIENT_SECRET.to_owned(),
        SETUP_CODE.to_owned(),
    ];
    let mut challenges = Vec::new();

    let wrong_secret = form_with(&provider, |form| {
        form.client_secret = "a-wrong-secret".to_owned();
    });
    browser.connect(&wrong_secret).await;
    app.browser().try_setup_code("a-wrong-setup-code").await;
    secrets.extend(["a-wrong-secret", "a-wrong-setup-code"].map(str::to_owned));

    // Sign-ins that end in every way there is.
    let endings: [fn(&mut Behaviour); 6] = [
        |provider| provider.thin = true,
        |provider| provider.userinfo = json!({ "sub": "00u9mallory" }),
        |provider| provider.signature = Signature::Broken,
        |provider| provider.id_token = json!({ "sub": null }),
        |provider| provider.token_down = true,
        |provider| provider.callback = json!({ "code": null, "error": "access_denied" }),
    ];
    for behave in endings {
        behave(&mut provider.now());
        let browser = app.browser();
        let login = browser.page("/login").await;
        let (_, cookie) = attempt_cookie(&login);
        challenges.push(parameter(&location(&login), "code_challenge"));
        let callback = browser.at_provider(&login).await;
        if callback.contains("code=") {
            // As it is in a URL, for `code-1` alone could be part of anything.
            secrets.push(format!("code={}", parameter(&callback, "code")));
            secrets.push(format!("{:?}", parameter(&callback, "code")));
        }
        secrets.extend([cookie, parameter(&location(&login), "nonce")]);
        let done = browser.page(&callback).await;
        if let Some(session) = done
            .cookies()
            .find(|cookie| cookie.name() == "okta_session")
        {
            secrets.push(session.value().to_owned());
            let at_okta = location(&browser.post("/logout").await);
            secrets.push(parameter(&at_okta, "id_token_hint"));
        }
        browser.page(&callback).await;
    }

    let text = log.text();
    for message in [
        r#""event":"connected""#,
        r#""event":"signed_in""#,
        r#""event":"signed_out""#,
        r#""event":"setup_code_refused""#,
        r#""event":"sign_in_refused""#,
    ] {
        assert!(text.contains(message), "the log says {message:?}: {text}");
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in the log");
    }
    for challenge in challenges {
        assert!(
            !holds_verifier(&text, &challenge),
            "a PKCE verifier is in the log"
        );
    }
}

#[tokio::test]
async fn no_token_reaches_the_browser() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().thin = true;
    let login = browser.page("/login").await;
    let mut seen = vec![format!("{:?}", login.headers())];
    let challenge = parameter(&location(&login), "code_challenge");
    let callback = browser.at_provider(&login).await;
    let mut pages: Vec<Response> = vec![browser.page(&callback).await];
    for path in [
        "/",
        "/protected",
        "/api/identity",
        "/whoami",
        CONNECTION,
        &callback,
        "/login",
    ] {
        pages.push(browser.page(path).await);
    }
    for page in pages {
        seen.push(format!("{:?}", page.headers()));
        seen.push(page.text().await.unwrap());
    }
    let at_okta = location(&browser.post("/logout").await);
    let id_token = parameter(&at_okta, "id_token_hint");
    assert_eq!(id_token.split('.').count(), 3);
    let seen = seen.concat();
    assert!(
        seen.contains("00u1ada"),
        "what was looked at is the identity, too"
    );
    for secret in [
        "an-access-token",
        CLIENT_SECRET,
        &id_token,
        id_token.rsplit('.').next().unwrap(),
    ] {
        assert!(!seen.contains(secret), "{secret}");
    }
    assert!(!holds_verifier(&seen, &challenge));
}
