//! What an admin may choose beyond the three values.

use axum_okta::connection::{ClientAuthentication, ConnectionForm, IssuerError};
use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{App, Authentication, CONNECTION, ada, form, location, outcomes};

#[tokio::test]
async fn extra_claims_are_carried_as_they_are_and_others_are_not() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let mut form = form(&provider);
    form.options.claims = [
        "department",
        "skills",
        "address",
        "level",
        "zoneinfo",
        "missing",
    ]
    .map(str::to_owned)
    .to_vec();
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    {
        let mut now = provider.now();
        now.person["department"] = json!("Astronomy");
        now.person["skills"] = json!(["stars", "comets"]);
        now.person["address"] = json!({ "locality": "London", "country": "GB" });
        now.person["level"] = json!(3);
        now.person["zoneinfo"] = json!("Europe/London");
        now.person["salary"] = json!(100_000);
        // In userinfo alone.
        now.id_token = json!({ "skills": null });
    }
    admin.sign_in("/").await;
    assert_eq!(
        admin.identity().await["claims"],
        json!({
            "department": "Astronomy", "skills": ["stars", "comets"], "level": 3,
            "address": { "locality": "London", "country": "GB" }, "zoneinfo": "Europe/London",
        })
    );
}

#[tokio::test]
async fn extra_scopes_are_asked_for_and_one_that_okta_does_not_know_is_named() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let mut form = form(&provider);
    form.options.scopes = ["phone", "profile", "phone", "  "]
        .map(str::to_owned)
        .to_vec();
    let answer = admin.connect(&form).await;
    assert_eq!(outcomes(answer).await["scopes"], "passed");
    let login = location(&app.browser().page("/login").await);
    assert!(
        login.contains("scope=openid+profile+email+groups+phone&"),
        "{login}"
    );

    form.options.scopes = vec!["made-up".to_owned()];
    let answer = admin.connect(&form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("doesn't know all of these scopes: made-up"),
        "{text}"
    );
}

#[tokio::test]
async fn names_that_cannot_be_are_refused_and_nothing_is_changed() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let before = app.okta.connection();
    let asked = provider.asked("discovery");
    let long = "x".repeat(256);
    let mut forms: Vec<(&str, ConnectionForm)> = Vec::new();
    for scope in ["with space", "quo\"te", "ünicode", long.as_str()] {
        let mut form = form(&provider);
        form.options.scopes = vec![scope.to_owned()];
        forms.push(("scopes", form));
    }
    for claim in ["line\nbreak", "nul\0", long.as_str()] {
        let mut form = form(&provider);
        form.options.claims = vec![claim.to_owned()];
        forms.push(("claims", form));
    }
    let mut many = form(&provider);
    many.options.claims = (0..51).map(|number| format!("claim{number}")).collect();
    forms.push(("claims", many));
    let mut groups = form(&provider);
    groups.options.groups_claim = "gro\tups".to_owned();
    forms.push(("groups", groups));
    for server in ["../etc", "a b", "default/../x", "ü"] {
        let mut form = form(&provider);
        form.authorization_server = server.to_owned();
        forms.push(("issuer", form));
    }
    for (check, form) in forms {
        let answer = admin.connect(&form).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{form:?}"
        );
        assert_eq!(outcomes(answer).await[check], "failed", "{form:?}");
    }
    assert_eq!(app.okta.connection(), before);
    assert_eq!(provider.asked("discovery"), asked, "nobody was asked");
}

#[tokio::test]
async fn the_authorization_server_composes_the_issuer() {
    let app = App::start().await;
    for (typed, server, issuer) in [
        ("dev-1.okta.com", "", "https://dev-1.okta.com"),
        ("dev-1.okta.com", "org", "https://dev-1.okta.com"),
        (
            "dev-1-admin.okta.com",
            "default",
            "https://dev-1.okta.com/oauth2/default",
        ),
        (
            "https://dev-1.okta.com/oauth2/default",
            "aus1Ab",
            "https://dev-1.okta.com/oauth2/aus1Ab",
        ),
        (
            "https://dev-1.okta.com/oauth2/default",
            "org",
            "https://dev-1.okta.com",
        ),
        (
            "https://id.example.com",
            " default ",
            "https://id.example.com/oauth2/default",
        ),
    ] {
        assert_eq!(
            app.okta.parse_issuer(typed, server).as_deref(),
            Ok(issuer),
            "{typed} {server}"
        );
    }
    for server in [
        "../etc",
        "a b",
        "default/x",
        "default?x",
        "%2e%2e",
        "ü",
        &"a".repeat(256),
    ] {
        let understood = app.okta.parse_issuer("dev-1.okta.com", server);
        assert_eq!(
            understood,
            Err(IssuerError::AuthorizationServer),
            "{server}"
        );
    }
}

#[tokio::test]
async fn the_client_authentication_is_the_one_chosen_and_a_wrong_choice_fails_the_check() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let mut form = form(&provider);
    form.options.client_authentication = ClientAuthentication::ClientSecretPost;
    let answer = admin.connect(&form).await;
    assert_eq!(
        outcomes(answer).await["credentials"],
        "failed",
        "it takes basic only"
    );

    provider.now().authentication = Authentication::Post;
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    admin.sign_in("/").await;
    assert_eq!(admin.identity().await["subject"], ada()["sub"]);
}

#[tokio::test]
async fn the_display_name_is_for_show_and_changes_sign_nobody_out() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let mut form = form(&provider);
    form.options.display_name = "  Okta of Example <Inc> ".to_owned();
    admin.connect(&form).await;
    let shown: Value = admin.json(CONNECTION).await;
    assert_eq!(shown["display_name"], "Okta of Example <Inc>");
    assert!(admin.is_signed_in().await);
}

#[tokio::test]
async fn whoever_is_signed_in_when_an_admin_disconnects_is_told_why() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let somebody = app.browser();
    somebody.sign_in("/").await;
    admin.disconnect().await;
    assert!(!somebody.is_signed_in().await);
    let page = somebody.page("/login?return_to=/protected").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    let text = page.text().await.unwrap();
    assert!(text.contains("An admin disconnected this app from Okta"));

    let stranger = app.browser().page("/login").await.text().await.unwrap();
    assert!(stranger.contains("Sign-in is not set up yet"));
}

#[tokio::test]
async fn a_form_of_three_values_is_enough() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let form = form(&provider);
    let answer = admin
        .request(http::Method::PUT, CONNECTION)
        .json(&json!({
            "client_id": form.client_id, "client_secret": form.client_secret, "issuer": form.issuer,
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}
