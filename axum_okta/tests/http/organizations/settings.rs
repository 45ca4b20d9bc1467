//! Making, changing and deleting connections.

use futures::future::join;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Market, connection};
use crate::harness::{App, Provider, form, form_with};

#[tokio::test]
async fn a_connection_is_made_listed_changed_and_deleted() {
    let market = Market::open().await;
    let list = async || {
        let page: Value = market.admin.json("/api/okta/connections").await;
        let connections = page["connections"].as_array().unwrap().clone();
        let names = connections
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(list().await, ["acme", "beta", "okta"]);
    let change = json!({
        "display_name": " Acme Inc. ", "organization": "acme-inc", "place": 5, "listed": true,
    });
    assert_eq!(market.change("acme", change).await, StatusCode::OK);
    assert_eq!(list().await, ["beta", "okta", "acme"]);
    let acme: Value = market.admin.json(&connection("acme")).await;
    assert_eq!(acme["display_name"], "Acme Inc.");
    assert_eq!(acme["organization"], "acme-inc");
    assert_eq!(
        (&acme["enabled"], &acme["listed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(acme["issuer"], market.acme.issuer);
    assert!(acme.get("client_secret").is_none());
    let entry = &market.admin.audit().await[0];
    assert_eq!(
        (&entry["event"], &entry["connection"]),
        (&json!("connected"), &json!("acme"))
    );
    let detail = entry["detail"].as_str().unwrap();
    assert!(detail.contains("organization acme → acme-inc"), "{detail}");

    // Connecting again changes the Okta app, and not what the connection is here.
    let again = form_with(&market.acme, |form| {
        form.options.scopes = vec!["phone".to_owned()]
    });
    assert_eq!(
        market.admin.connect_as("acme", &again).await.status(),
        StatusCode::OK
    );
    let acme: Value = market.admin.json(&connection("acme")).await;
    assert_eq!(
        (&acme["organization"], &acme["place"]),
        (&json!("acme-inc"), &json!(5))
    );
    assert_eq!(acme["scopes"], json!(["phone"]));

    let deleted = market
        .admin
        .send_json(Method::DELETE, &connection("acme"), &Value::Null)
        .await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(list().await, ["beta", "okta"]);
    let gone = market.admin.api(&connection("acme")).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    // It outlives nothing, also for a server that remembers nothing.
    let app = market.app.restart().await;
    assert!(app.okta.connection().is_some());
    let login = app.browser().page("/login?connection=acme").await;
    assert_eq!(login.status(), StatusCode::NOT_FOUND);
    let login = app.browser().page("/login?connection=beta").await;
    assert_eq!(login.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_name_is_short_and_plain() {
    let market = Market::open().await;
    let form = form(&market.acme);
    for odd in [
        "Acme".to_owned(),
        "-acme".to_owned(),
        "acme_inc".to_owned(),
        "acme.com".to_owned(),
        "acme%20inc".to_owned(),
        "アクメ".to_owned(),
        "acme%00".to_owned(),
        "..%2Fbeta".to_owned(),
        "a".repeat(65),
        "a".repeat(300),
    ] {
        let refused = market.admin.connect_as(&odd, &form).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
        let problem: Value = refused.json().await.unwrap();
        assert!(
            problem["detail"].as_str().unwrap().contains("hyphens"),
            "{problem}"
        );
    }
    for organization in ["", "Acme", "acme inc", &"a".repeat(65)] {
        let change = json!({ "organization": organization });
        let status = market.change("acme", change).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{organization}");
    }
    let long = json!({ "display_name": "x".repeat(300) });
    assert_eq!(
        market.change("acme", long).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let unknown = json!({ "enabeld": false });
    assert_eq!(
        market.change("acme", unknown).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        market.change("nobody", json!({})).await,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_okta_app_is_one_connection() {
    let market = Market::open().await;
    for name in ["gamma", "okta", "beta"] {
        let mut twice = form(&market.acme);
        twice.issuer.push('/');
        market.acme.now().redirect_uris = vec![
            format!("{}/{name}", market.app.callback()),
            market.app.callback(),
        ];
        let refused = market.admin.connect_as(name, &twice).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{name}");
        let problem: Value = refused.json().await.unwrap();
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("Another connection has this Okta app"),
            "{detail}"
        );
    }
    assert_eq!(
        market.leads_to("/login?connection=beta").await,
        Some("beta")
    );
}

#[tokio::test]
async fn whoever_came_through_a_disabled_connection_is_signed_out_for_good() {
    let market = Market::open().await;
    let (acme, beta) = (
        market.signed_in("acme").await,
        market.signed_in("beta").await,
    );
    let under_way = market.app.browser();
    let login = under_way.page("/login?connection=acme").await;
    let callback = under_way.at_provider(&login).await;

    assert_eq!(
        market.change("acme", json!({ "enabled": false })).await,
        StatusCode::OK
    );
    assert!(!acme.is_signed_in().await && beta.is_signed_in().await);
    let refused = under_way.page(&callback).await;
    assert_eq!(
        refused.status(),
        StatusCode::BAD_REQUEST,
        "mid-way through a sign-in"
    );
    assert_eq!(market.leads_to("/login?connection=acme").await, None);

    assert_eq!(
        market.change("acme", json!({ "enabled": true })).await,
        StatusCode::OK
    );
    assert!(!acme.is_signed_in().await);
    assert_eq!(
        market.leads_to("/login?connection=acme").await,
        Some("acme")
    );
    let app = market.app.restart().await;
    assert_eq!(
        app.browser().page("/login?connection=acme").await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(!acme.is_signed_in().await);
}

#[tokio::test]
async fn whoever_is_mid_way_when_a_connection_is_deleted_is_told_to_start_again() {
    let market = Market::open().await;
    let browser = market.app.browser();
    let login = browser.page("/login?connection=acme").await;
    let callback = browser.at_provider(&login).await;
    let gone = market
        .admin
        .send_json(Method::DELETE, &connection("acme"), &Value::Null)
        .await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn the_connection_of_the_admins_of_all_cannot_be_disabled() {
    let market = Market::open().await;
    let status = market.change("okta", json!({ "enabled": false })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(market.admin.is_signed_in().await);
}

#[tokio::test]
async fn of_two_who_make_a_connection_at_once_none_is_overwritten_unseen() {
    let market = Market::open().await;
    let other = market.signed_in("okta").await;
    let providers = [market.app.callback(), market.app.callback()];
    let [one, two] = providers.map(|callback| format!("{callback}/gamma"));
    let one = Provider::start(&one).await;
    let two = Provider::start(&two).await;
    let (form_one, form_two) = (form(&one), form(&two));
    let (first, second) = join(
        market.admin.connect_as("gamma", &form_one),
        other.connect_as("gamma", &form_two),
    )
    .await;
    assert_eq!(
        (first.status(), second.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    // One after the other: the audit trail says what the second one replaced.
    let audit = market.admin.audit().await;
    let details: Vec<&str> = (0..2)
        .map(|at| audit[at]["detail"].as_str().unwrap())
        .collect();
    assert!(details[0].contains(" → "), "{details:?}");
}

#[tokio::test]
async fn a_list_is_searched_and_shown_a_page_at_a_time() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    for number in 0..24 {
        Market::connect(&app, &admin, &format!("customer-{number:02}")).await;
    }
    let page = async |query: &str| {
        let page: Value = admin.json(&format!("/api/okta/connections{query}")).await;
        let connections = page["connections"].as_array().unwrap();
        let names = connections
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned());
        (
            names.collect::<Vec<_>>(),
            page["next"].clone(),
            page["total"].clone(),
        )
    };
    let (first, next, total) = page("").await;
    assert_eq!(
        (first.len(), &first[0][..], total),
        (20, "customer-00", json!(25))
    );
    let next = next.as_str().unwrap();
    let (second, end, _) = page(&format!("?after={next}")).await;
    assert_eq!(
        second,
        [
            "customer-20",
            "customer-21",
            "customer-22",
            "customer-23",
            "okta"
        ]
    );
    assert_eq!(end, Value::Null);
    let (found, ..) = page("?search=OMER-1").await;
    assert_eq!(found.len(), 10);
    let (found, _, total) = page("?search=nobody").await;
    assert_eq!((found.len(), total), (0, json!(0)));
}
