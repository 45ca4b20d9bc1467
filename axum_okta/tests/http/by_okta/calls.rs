//! What the settings page says of the calls, what a flood of them costs, and trying the addresses.

use axum_okta::settings::{SettingsRefusal, SignOutAddress};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{People, by_email, post_logout_token, revocation_token, revoke};
use crate::harness::{App, Signature};

#[tokio::test]
async fn the_settings_page_shows_the_last_calls_and_what_became_of_them() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    for address in ["front_channel", "back_channel", "universal_logout"] {
        let calls = people.calls(address).await;
        let never = json!({ "address": address, "accepted": null, "refused": null });
        assert_eq!(calls, never);
    }
    let wrong = |token: &mut crate::harness::Signed| token.claims["aud"] = json!("0oa2");
    post_logout_token(app, &provider.logout_token("00u1ada", wrong)).await;
    let calls = people.calls("back_channel").await;
    assert_eq!(calls["accepted"], json!(null));
    let refused = "its token doesn't count: it is not for this app";
    assert_eq!(calls["refused"]["result"], refused);
    let entry = people.newest_entry().await;
    let detail = format!("Back-channel logout: {refused}");
    assert_eq!(entry, ["sign_out_refused", "stranger", &detail]);

    let token = revocation_token(app, provider, |_| {});
    revoke(app, &token, &by_email("ada@example.com")).await;
    let calls = people.calls("universal_logout").await;
    assert_eq!(
        calls["accepted"]["result"],
        "ada@example.com: 2 sessions ended"
    );
    assert!(calls["accepted"]["at"].is_number() || calls["accepted"]["at"].is_string());

    let frame = format!("/frontchannel-logout?iss={}&sid=unknown", provider.issuer);
    app.browser().page(&frame).await;
    let calls = people.calls("front_channel").await;
    assert_eq!(
        calls["accepted"]["result"],
        "A session at Okta: no session here"
    );
}

/// They are stored once a minute, and when a server stops.
#[tokio::test]
async fn the_last_calls_are_known_after_a_restart() {
    let people = People::signed_in().await;
    let token = people.provider.logout_token("00u9nobody", |_| {});
    post_logout_token(&people.app, &token).await;
    let calls = people.calls("back_channel").await;
    assert!(calls["accepted"].is_object(), "{calls}");
    people.app.okta.close().await.unwrap();
    let people = People {
        app: people.app.restart().await,
        ..people
    };
    assert_eq!(people.calls("back_channel").await, calls);
}

/// A thousand calls cost sixty entries, and nobody who is signed in notices.
#[tokio::test]
async fn a_flood_of_calls_is_bounded() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let token = provider.logout_token("00u1ada", |token| token.signature = Signature::None);
    let mut refused = 0;
    let browser = app.browser();
    for _ in 0..1000 {
        let answer = browser
            .submit("/backchannel-logout", &[("logout_token", &token)])
            .await;
        if answer.status() == StatusCode::BAD_REQUEST {
            refused += 1;
        } else {
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(answer.headers()[header::RETRY_AFTER], "30");
        }
    }
    assert!((60..120).contains(&refused), "{refused}");
    // Calls that Okta signed count meanwhile, also from the same address.
    let token = provider.logout_token("00u1ada", |_| {});
    assert_eq!(
        post_logout_token(app, &token).await.status(),
        StatusCode::OK
    );
    assert_eq!(people.are_signed_in().await, [false, false, true]);
}

/// An organization brings its own issuer, which can sign as much as it likes.
#[tokio::test]
async fn a_flood_of_calls_that_an_issuer_signed_is_bounded() {
    let app = App::start_with(|builder| builder.sign_out_calls_per_minute(2)).await;
    let (provider, admin) = app.connected().await;
    let (_ada, admin) = People::sign_in(&app, &provider, admin).await;
    // Tokens of this issuer that are none for a logout, or another client's, are not among them.
    let other = |token: &mut crate::harness::Signed| token.claims["aud"] = json!("0oa2");
    for _ in 0..5 {
        post_logout_token(&app, &provider.logout_token("00u9nobody", other)).await;
    }
    for accepted in [true, true, false] {
        let token = provider.logout_token("00u9nobody", |_| {});
        let answer = post_logout_token(&app, &token).await;
        match accepted {
            true => assert_eq!(answer.status(), StatusCode::OK),
            false => {
                assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
                assert_eq!(answer.headers()[header::RETRY_AFTER], "30");
            }
        }
    }
    let token = revocation_token(&app, &provider, |_| {});
    let answer = revoke(&app, &token, &by_email("ada@example.com")).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(admin.is_signed_in().await);
}

#[tokio::test]
async fn a_flood_of_frames_is_bounded() {
    let people = People::signed_in().await;
    let browser = people.app.browser();
    let frame = format!(
        "/frontchannel-logout?iss={}&sid=guess",
        people.provider.issuer
    );
    let mut shown = 0;
    for _ in 0..1000 {
        let page = browser.page(&frame).await;
        match page.status() {
            StatusCode::OK => shown += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert!((300..400).contains(&shown), "{shown}");
}

/// They come from a server, which sends no `Origin`. A page of another site has no business there.
#[tokio::test]
async fn calls_come_from_servers_and_not_from_pages() {
    let people = People::signed_in().await;
    for (name, value, status) in [
        ("user-agent", "Okta", StatusCode::OK),
        ("origin", "https://dev-1.okta.com", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
    ] {
        let token = people.provider.logout_token("00u9nobody", |_| {});
        let call = people
            .app
            .browser()
            .request(Method::POST, "/backchannel-logout")
            .header(name, value)
            .form(&[("logout_token", token)]);
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}: {value}");
    }
}

#[tokio::test]
async fn an_admin_tries_the_addresses_and_nothing_ends() {
    let people = People::signed_in().await;
    for address in ["front_channel", "back_channel", "universal_logout"] {
        let tried = people.grace.post(&format!("/try/{address}")).await;
        assert_eq!(tried.status(), StatusCode::NO_CONTENT, "{address}");
        let by_other = people.ada[0].post(&format!("/try/{address}")).await;
        assert_eq!(by_other.status(), StatusCode::FORBIDDEN, "{address}");
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

/// The app believes to be where nobody is, or somebody else.
#[tokio::test]
async fn an_address_that_does_not_work_is_told() {
    let nowhere = crate::harness::listener().await;
    let url = crate::harness::url_of(&nowhere);
    drop(nowhere);
    let app = App::start_with(|builder| builder.base_url(&url)).await;
    let (provider, admin) = app.ready_to_connect().await;
    provider.now().redirect_uris = vec![format!("{url}/authorization-code/callback")];
    admin.connect(&crate::harness::form(&provider)).await;
    let unreachable: Value = admin.post("/try/back_channel").await.json().await.unwrap();
    let detail = SettingsRefusal::SelfUnreachable.to_string();
    assert_eq!(unreachable["detail"], detail);

    // Its place is taken by a server that knows no such address.
    let app = App::start_with(|builder| builder.base_url(&provider.issuer)).await;
    let (own, admin) = app.ready_to_connect().await;
    own.now().redirect_uris = vec![format!("{}/authorization-code/callback", provider.issuer)];
    admin.connect(&crate::harness::form(&own)).await;
    for address in SignOutAddress::ALL {
        let tried = admin.post(&format!("/try/{}", address.as_str())).await;
        let tried: Value = tried.json().await.unwrap();
        assert_eq!(tried["detail"], SettingsRefusal::SelfUnexpected.to_string());
    }
}
