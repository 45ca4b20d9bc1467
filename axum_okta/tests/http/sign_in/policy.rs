//! Who may sign in through a connection: groups, and domains of email addresses.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    App, Browser, CONNECTION, Provider, ada, api_form, form_with, grace, refresh_form,
};

async fn set_policy(admin: &Browser, policy: Value) -> StatusCode {
    let change = json!({ "sign_in_policy": policy });
    let changed = admin.send_json(Method::PATCH, CONNECTION, &change).await;
    changed.status()
}

/// An admin who is signed in, and a policy.
async fn with_policy(policy: Value) -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(set_policy(&admin, policy).await, StatusCode::OK);
    (app, provider, admin)
}

/// The page that refuses this person, and what the audit trail says.
async fn refused(
    app: &App,
    provider: &Provider,
    admin: &Browser,
    person: Value,
) -> (String, String) {
    provider.now().person = person;
    let browser = app.browser();
    let answer = browser.sign_in("/protected").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = answer.text().await.unwrap();
    assert!(!browser.is_signed_in().await);
    let entry = admin.audit().await[0].take();
    assert_eq!(
        (&entry["event"], &entry["connection"]),
        (&json!("sign_in_refused"), &json!("okta"))
    );
    assert_eq!(entry["actor"]["kind"], "person");
    (page, entry["detail"].as_str().unwrap().to_owned())
}

async fn is_let_in(app: &App, provider: &Provider, person: Value) -> bool {
    provider.now().person = person;
    let browser = app.browser();
    browser.sign_in("/").await;
    browser.is_signed_in().await
}

fn with(changes: Value) -> Value {
    let mut person = grace();
    for (name, value) in changes.as_object().unwrap() {
        person[name] = value.clone();
    }
    person
}

fn without(claim: &str) -> Value {
    let mut person = grace();
    person.as_object_mut().unwrap().remove(claim);
    person
}

#[tokio::test]
async fn only_members_of_a_group_may_sign_in() {
    let (app, provider, admin) =
        with_policy(json!({ "groups": [" Engineering ", "Support", ""] })).await;
    let shown: Value = admin.json(CONNECTION).await;
    let expected = json!({ "groups": ["Engineering", "Support"], "email_domains": [] });
    assert_eq!(shown["sign_in_policy"], expected);
    assert!(is_let_in(&app, &provider, ada()).await);
    assert!(is_let_in(&app, &provider, with(json!({ "groups": ["Support"] }))).await);
    for groups in [json!([]), json!(["support"]), json!(["Engineering "])] {
        let person = with(json!({ "groups": groups }));
        let (page, detail) = refused(&app, &provider, &admin, person).await;
        assert!(
            page.contains("only members of certain groups may use this app"),
            "{page}"
        );
        assert!(
            page.contains("/login?return_to=%2Fprotected&amp;prompt=login"),
            "Okta would sign them in again: {page}"
        );
        assert!(
            !page.contains("Engineering"),
            "which groups is for admins to know"
        );
        assert!(
            detail.contains("none of the groups whose members may sign in: Engineering, Support"),
            "{detail}"
        );
    }
    // A step-up asks for that already, and a parameter that comes twice is refused.
    provider.now().person = with(json!({ "groups": [] }));
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    provider.now().id_token = json!({ "auth_time": now });
    let login = "/login?return_to=/protected&max_age=300";
    let page = app.browser().sign_in_at(login).await.text().await.unwrap();
    assert_eq!(page.matches("prompt=login").count(), 1, "{page}");
    provider.now().id_token = json!({});
    // Without groups nobody is a member, whatever the connection does otherwise.
    let lenient = form_with(&provider, |form| {
        form.options.missing_groups = serde_json::from_value(json!("continue")).unwrap();
    });
    assert_eq!(admin.connect(&lenient).await.status(), StatusCode::OK);
    provider.now().person = without("groups");
    let answer = app.browser().sign_in("/").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_verified_addresses_of_a_domain_may_sign_in() {
    let (app, provider, admin) = with_policy(json!({ "email_domains": ["EXAMPLE.com"] })).await;
    assert!(is_let_in(&app, &provider, ada()).await);
    let verified = |email: &str| with(json!({ "email": email, "email_verified": true }));
    assert!(is_let_in(&app, &provider, verified("grace@Example.COM")).await);
    for (person, words, reason) in [
        (
            grace(),
            "is verified",
            "doesn't say that their email address",
        ),
        (
            verified("grace@example.com.evil.example"),
            "may not use this app",
            "none of the domains",
        ),
        (
            verified("grace@sub.example.com"),
            "may not use this app",
            "none of the domains",
        ),
        (
            without("email"),
            "sent no email address",
            "sent no email address",
        ),
    ] {
        let (page, detail) = refused(&app, &provider, &admin, person).await;
        assert!(page.contains(words), "{page}");
        assert!(detail.contains(reason), "{detail}");
    }
}

#[tokio::test]
async fn whoever_is_signed_in_and_no_longer_may_is_signed_out_at_once() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let person = app.signed_in(&provider, grace()).await;
    assert!(person.is_signed_in().await);
    let policy = json!({ "groups": ["Engineering"] });
    assert_eq!(set_policy(&admin, policy).await, StatusCode::OK);
    assert!(!person.is_signed_in().await);
    assert!(admin.is_signed_in().await);
    let entry = admin.audit().await[0].take();
    assert_eq!(entry["event"], "session_ended");
    assert_eq!(entry["actor"]["name"], "Grace Hopper");
    assert_eq!(set_policy(&admin, json!({})).await, StatusCode::OK);
    assert!(!person.is_signed_in().await, "an end is final");
    assert!(is_let_in(&app, &provider, grace()).await);
}

#[tokio::test]
async fn whoever_okta_takes_out_of_the_group_is_signed_out() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    assert_eq!(
        admin.connect(&refresh_form(&provider)).await.status(),
        StatusCode::OK
    );
    admin.sign_in("/").await;
    assert_eq!(
        set_policy(&admin, json!({ "groups": ["Everyone"] })).await,
        StatusCode::OK
    );
    provider.now().expires_in = 0;
    let person = with(json!({ "groups": ["Everyone"] }));
    let browser = app.signed_in(&provider, person).await;
    provider.now().expires_in = 3600;
    provider.now().person = grace();
    crate::refresh::until(async || !browser.is_signed_in().await).await;
    let detail = crate::refresh::until_recorded(&admin).await;
    assert!(detail.contains("none of the groups"), "{detail}");
}

#[tokio::test]
async fn whom_the_api_takes_out_of_the_group_is_signed_out() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let mut form = api_form(&provider);
    form.options.recheck_seconds = 1;
    provider.now().api_groups = vec!["Everyone".to_owned()];
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    admin.sign_in("/").await;
    assert_eq!(
        set_policy(&admin, json!({ "groups": ["Everyone"] })).await,
        StatusCode::OK
    );
    let browser = app.signed_in(&provider, grace()).await;
    provider.now().api_groups = vec!["Others".to_owned()];
    crate::refresh::until(async || !browser.is_signed_in().await).await;
}

#[tokio::test]
async fn a_policy_that_cannot_be_meant_is_refused() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    for (policy, status) in [
        (
            json!({ "group": ["Engineering"] }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "groups": ["x".repeat(256)] }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "groups": vec!["x"; 101] }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "email_domains": ["ada@example.com"] }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({ "email_domains": ["*.example.com"] }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        // Nobody shuts themselves out.
        (json!({ "groups": ["Support"] }), StatusCode::CONFLICT),
        (
            json!({ "email_domains": ["acme.example"] }),
            StatusCode::CONFLICT,
        ),
    ] {
        assert_eq!(set_policy(&admin, policy.clone()).await, status, "{policy}");
    }
    assert!(admin.is_signed_in().await);
    // Where no groups are loaded, none can be asked for, and the other way around.
    let groups = json!({ "groups": ["Engineering"] });
    let without = form_with(&provider, |form| {
        form.options.groups_from = serde_json::from_value(json!("nowhere")).unwrap();
    });
    assert_eq!(admin.connect(&without).await.status(), StatusCode::OK);
    assert_eq!(
        set_policy(&admin, groups.clone()).await,
        StatusCode::CONFLICT
    );
    admin.connect(&form_with(&provider, |_| {})).await;
    assert_eq!(set_policy(&admin, groups).await, StatusCode::OK);
    assert_eq!(
        admin.connect(&without).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_policy_outlives_a_change_of_the_okta_app_and_a_restart() {
    let (app, provider, admin) = with_policy(json!({ "groups": ["Engineering"] })).await;
    let again = form_with(&provider, |form| {
        form.options.display_name = "Another".to_owned()
    });
    assert_eq!(admin.connect(&again).await.status(), StatusCode::OK);
    let app = app.restart().await;
    assert!(!is_let_in(&app, &provider, grace()).await);
    assert!(is_let_in(&app, &provider, ada()).await);
}

#[tokio::test]
async fn a_test_sign_in_says_what_the_policy_would() {
    let (app, provider, admin) = with_policy(json!({ "groups": ["Engineering"] })).await;
    provider.now().person = grace();
    let started = admin.request(Method::POST, &format!("{CONNECTION}/test"));
    let started = started
        .form(&[("return_to", "/settings")])
        .send()
        .await
        .unwrap();
    let callback = admin.at_provider(&started).await;
    admin.page(&callback).await;
    let tested = &admin.settings().await["tested"];
    let refused = tested["refused"].as_str().unwrap();
    assert!(refused.contains("none of the groups"), "{refused}");
    drop(app);
}
