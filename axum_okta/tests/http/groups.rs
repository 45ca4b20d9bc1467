//! Groups, whichever way Okta sends them.

use axum_okta::connection::{GroupsFrom, MissingGroups};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    API_TOKEN, App, Browser, CONNECTION, Provider, ada, api_form, form, form_with, location,
    outcomes, table,
};

/// An app whose groups come from Okta's API.
async fn with_api() -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let answer = admin.connect(&api_form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    (app, provider, admin)
}

fn numbered(groups: usize) -> Vec<String> {
    (1..=groups)
        .map(|number| format!("Group {number}"))
        .collect()
}

#[tokio::test]
async fn a_user_with_250_groups_has_all_of_them_through_the_api() {
    let (app, provider, _admin) = with_api().await;
    {
        let mut now = provider.now();
        now.api_groups = numbered(250);
        now.api_page = 100;
        // What a claim would say counts for nothing.
        now.person["groups"] = json!(["from the claim"]);
    }
    let browser = app.browser();
    let done = browser.sign_in("/protected").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.identity().await["groups"], json!(numbered(250)));
}

#[tokio::test]
async fn ten_thousand_groups_are_carried_and_give_roles() {
    let (app, provider, admin) = with_api().await;
    admin.set_roles(&table(&[("Group 10000", "editor")])).await;
    provider.now().api_groups = numbered(10_000);
    let browser = app.browser();
    browser.sign_in("/").await;
    let identity = browser.identity().await;
    assert_eq!(identity["groups"].as_array().unwrap().len(), 10_000);
    assert_eq!(identity["roles"], json!(["editor"]));
    assert_eq!(browser.page("/editors").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn groups_in_userinfo_alone_are_found() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().id_token = json!({ "groups": null });
    browser.sign_in("/").await;
    assert_eq!(
        browser.identity().await["groups"],
        json!(["Engineering", "Everyone"])
    );
}

#[tokio::test]
async fn a_claim_of_another_name_can_hold_them() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let form = form_with(&provider, |form| {
        form.options.groups_claim = "https://example.com/teams".to_owned();
    });
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    provider.now().person["https://example.com/teams"] = json!("Navigation");
    admin.sign_in("/").await;
    assert_eq!(admin.identity().await["groups"], json!(["Navigation"]));
}

#[tokio::test]
async fn an_app_without_use_for_groups_asks_for_none() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let form = form_with(&provider, |form| {
        form.options.groups_from = GroupsFrom::Nowhere;
    });
    admin.connect(&form).await;
    provider.now().id_token = json!({ "groups": null });
    let login = admin.page("/login").await;
    assert!(!location(&login).contains("groups"));
    admin.sign_in("/").await;
    assert_eq!(admin.identity().await["groups"], Value::Null);
    assert_eq!(provider.asked("userinfo"), 0, "no request for nothing");
}

#[tokio::test]
async fn a_claim_with_too_many_groups_names_the_remedy() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    provider.now().callback = json!({
        "code": null, "error": "server_error",
        "error_description": "The groups claim matched too many groups. Narrow the filter.",
    });
    let browser = app.browser();
    let page = browser.sign_in("/").await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    let text = page.text().await.unwrap();
    assert!(
        text.contains("load groups from Okta&#39;s API")
            || text.contains("load groups from Okta's API")
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn without_groups_that_roles_depend_on_the_sign_in_is_refused_and_says_why() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.set_roles(&table(&[("Support", "author")])).await;
    provider.now().person["groups"] = Value::Null;

    let browser = app.browser();
    let page = browser.sign_in("/").await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    let text = page.text().await.unwrap();
    assert!(
        text.contains("Okta didn't send the claim `groups`"),
        "{text}"
    );
    assert!(!browser.is_signed_in().await);

    // Once nothing depends on them, people go on, and the trail says so.
    admin.set_roles(&table(&[])).await;
    browser.sign_in("/").await;
    assert_eq!(browser.identity().await["groups"], Value::Null);
    let trail = admin.audit().await;
    assert_eq!(trail[1]["event"], "groups_missing");
    assert_eq!(trail[1]["actor"]["subject"], "00u1ada");
}

#[tokio::test]
async fn the_policy_decides_when_groups_cannot_be_had() {
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
        if roles {
            admin.set_roles(&table(&[("Support", "author")])).await;
        }
        provider.now().person["groups"] = Value::Null;
        let browser = app.browser();
        browser.sign_in("/").await;
        assert_eq!(
            browser.is_signed_in().await,
            may,
            "{policy:?}, roles: {roles}"
        );
    }
}

#[tokio::test]
async fn a_claim_that_is_no_list_of_names_is_told_from_one_that_is_missing() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.set_roles(&table(&[("Support", "author")])).await;
    for odd in [
        json!(7),
        json!({ "a": 1 }),
        json!([["nested"]]),
        json!([1, 2]),
    ] {
        provider.now().person["groups"] = odd.clone();
        let browser = app.browser();
        let page = browser.sign_in("/").await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN, "{odd}");
        let text = page.text().await.unwrap();
        assert!(text.contains("is not a list of group names"), "{odd}");
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn the_page_says_which_call_to_oktas_api_failed_and_why() {
    let (app, provider, admin) = with_api().await;
    admin.set_roles(&table(&[("Support", "author")])).await;
    let far_away = HeaderMap::from_iter([(
        "x-rate-limit-reset".parse().unwrap(),
        HeaderValue::from_static("99999999999"),
    )]);
    let refused = |status: u16, code: &str| {
        let body = json!({ "errorCode": code, "errorSummary": "words of Okta's", "errorId": "x" });
        let headers = if status == 429 {
            far_away.clone()
        } else {
            HeaderMap::new()
        };
        (
            StatusCode::from_u16(status).unwrap(),
            headers,
            body.to_string().into(),
        )
    };
    for (answer, why) in [
        (refused(401, "E0000011"), "rejected the API token"),
        (refused(403, "E0000006"), "allowed to read this"),
        (refused(404, "E0000007"), "has no user"),
        (refused(429, "E0000047"), "GET /api/v1/users/{user}/groups"),
        (refused(500, "E0000009"), "E0000009"),
    ] {
        provider.now().api_answer = Some(answer);
        let browser = app.browser();
        let page = browser.sign_in("/").await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN, "{why}");
        let text = page.text().await.unwrap();
        assert!(
            text.contains(why) && text.contains("/api/v1/users"),
            "{why}: {text}"
        );
        assert!(!text.contains(API_TOKEN));
        assert!(!browser.is_signed_in().await);
        let event = admin.audit().await[0].take();
        assert_eq!(event["event"], "sign_in_refused");
        assert!(event["detail"].as_str().unwrap().contains(why));
    }
}

#[tokio::test]
async fn a_wrong_token_or_one_without_rights_cannot_be_connected() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let mut wrong = api_form(&provider);
    wrong.api_token = "00-another-token".to_owned();
    let mut missing = api_form(&provider);
    missing.api_token = String::new();
    for (form, why) in [
        (wrong, "rejected the API token"),
        (missing, "The API token is empty"),
    ] {
        let answer = admin.connect(&form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = answer.text().await.unwrap();
        assert!(text.contains(why), "{text}");
        assert!(!text.contains("00-another-token"));
    }
    provider.now().api_may_read_groups = false;
    let answer = admin.connect(&api_form(&provider)).await;
    assert_eq!(outcomes(answer).await["groups"], "failed");
    assert!(
        !app.okta.connection().unwrap().has_api_token,
        "nothing was changed"
    );
}

#[tokio::test]
async fn the_token_is_kept_for_its_domain_neither_shown_nor_stored_in_the_clear() {
    let (app, provider, admin) = with_api().await;
    let mut kept = api_form(&provider);
    kept.api_token = String::new();
    assert_eq!(admin.connect(&kept).await.status(), StatusCode::OK);
    let shown = admin.api(CONNECTION).await;
    let shown = shown.text().await.unwrap();
    assert!(shown.contains("\"has_api_token\":true") && !shown.contains(API_TOKEN));
    assert!(!app.stores(API_TOKEN));

    // To another provider it does not go.
    let other = Provider::start(&app.callback()).await;
    let mut elsewhere = kept;
    elsewhere.issuer = other.issuer.clone();
    let answer = admin.connect(&elsewhere).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.asked("api"), 0);

    // And when nothing is done with it any more, it is forgotten.
    assert_eq!(
        admin.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    assert!(!app.okta.connection().unwrap().has_api_token);
}

#[tokio::test]
async fn after_a_restart_the_token_is_there_again() {
    let (app, provider, _admin) = with_api().await;
    let app = app.restart().await;
    provider.now().api_groups = numbered(3);
    let browser = app.browser();
    browser.sign_in("/").await;
    assert_eq!(browser.identity().await["groups"], json!(numbered(3)));
    assert_eq!(ada()["sub"], browser.identity().await["subject"]);
}
