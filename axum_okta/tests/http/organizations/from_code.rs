//! Organizations that the app's own code creates and changes.

use axum_okta::{
    Okta, OktaBuilder,
    error::SettingsError,
    organizations::{
        Branding, ConnectionChange, ConnectionQuery, Organizations, SetupLinkForm, SetupLinkState,
    },
    settings::SettingsRefusal,
};
use futures::future::join_all;
use http::StatusCode;
use serde_json::json;

use super::{
    Market,
    setup_links::{is_admin, opened, press, sign_in},
};
use crate::harness::{App, Provider, form, grace, location, postgres};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

fn refusal<T>(done: Result<T, SettingsError>) -> Option<SettingsRefusal> {
    done.err().map(|error| error.refusal())
}

/// What the app's sign-up does: the address to send.
async fn sign_up(organizations: &Organizations, name: &str) -> String {
    let branding = Branding::default().name("Gamma Ltd");
    organizations.create(name, branding).await.unwrap();
    let form = SetupLinkForm::default().note("it@gamma.example").days(14);
    let link = organizations.make_setup_link(name, form).await.unwrap();
    link.address
}

/// Whoever got the link connects this Okta and signs in.
async fn set_up(market: &Market, link: &str, name: &str) -> Provider {
    let browser = opened(market, link).await;
    let provider = Provider::start(&format!("{}/{name}", market.app.callback())).await;
    let connected = browser.connect_as(name, &form(&provider)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    provider.now().person = grace();
    sign_in(&browser, name).await;
    assert!(is_admin(&browser).await);
    provider
}

#[tokio::test]
async fn a_company_that_signs_up_connects_its_okta_by_a_link_and_signs_in() {
    let market = Market::open().await;
    let organizations = market.app.okta.organizations();
    let link = sign_up(&organizations, "gamma").await;
    assert_eq!(organizations.connection("gamma"), None);
    let page = market.app.browser().page(&link).await;
    let page = page.text().await.unwrap();
    assert!(page.contains("Set up sign-in for Gamma Ltd"), "{page}");

    let gamma = set_up(&market, &link, "gamma").await;
    let connection = organizations.connection("gamma").unwrap();
    assert_eq!(connection.issuer, gamma.issuer);
    assert_eq!(organizations.connections_of("gamma"), [connection]);
    let links = organizations.setup_links("gamma").await.unwrap();
    let link = &links[0];
    let said = (link.note.as_str(), link.made_by.as_str(), link.state);
    assert_eq!(said, ("it@gamma.example", "", SetupLinkState::Used));
    let person = market.signed_in("gamma").await;
    assert_eq!(person.identity().await["organization"], "gamma");

    let audit = market.admin.audit().await;
    let entries = audit.as_array().unwrap().iter();
    let by_app = entries.filter(|entry| entry["actor"] == json!({ "kind": "app" }));
    let by_app: Vec<_> = by_app
        .map(|entry| (&entry["event"], &entry["connection"]))
        .collect();
    let gamma = json!("gamma");
    let expected = [json!("setup_link_made"), json!("connected")];
    assert_eq!(by_app, [(&expected[0], &gamma), (&expected[1], &gamma)]);
}

#[tokio::test]
async fn a_name_is_taken_by_whatever_is_known_by_it() {
    let market = Market::open().await;
    let organizations = market.app.okta.organizations();
    let moved = json!({ "organization": "acme-inc" });
    assert_eq!(market.change("acme", moved).await, StatusCode::OK);
    sign_up(&organizations, "gamma").await;
    let sent = organizations.make_setup_link("delta", SetupLinkForm::default());
    let sent = sent.await.unwrap();
    let create = async |name: &str| {
        let created = organizations.create(name, Branding::default()).await;
        refusal(created)
    };
    for taken in ["okta", "acme", "acme-inc", "beta", "gamma", "delta"] {
        assert_eq!(
            create(taken).await,
            Some(SettingsRefusal::NameTaken),
            "{taken}"
        );
    }
    for malformed in [
        "",
        "Gamma",
        "-gamma",
        "gamma inc",
        "ga/mma",
        &"g".repeat(65),
    ] {
        let expected = Some(SettingsRefusal::MalformedName);
        assert_eq!(create(malformed).await, expected, "{malformed}");
    }
    let looks = Branding::default().color("#ffcc00");
    let unreadable = organizations.create("epsilon", looks).await;
    assert_eq!(refusal(unreadable), Some(SettingsRefusal::LowContrast));
    assert_eq!(create("epsilon").await, None, "nothing was created before");
    let id = &sent.link.id;
    organizations.revoke_setup_link("delta", id).await.unwrap();
    assert_eq!(create("delta").await, None, "nobody can set it up any more");
    let taken = SettingsError::from(SettingsRefusal::NameTaken);
    assert_eq!(taken.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn of_two_sign_ups_with_one_name_on_two_servers_one_is_refused() {
    let url = postgres::database().await;
    let server = async || {
        let builder = Okta::builder()
            .database(&url)
            .encryption_key(KEY.to_owned());
        builder.open().await.unwrap().organizations()
    };
    let servers = [server().await, server().await];
    let mut created = Vec::new();
    for organizations in servers.iter().cycle().take(6) {
        created.push(organizations.create("gamma", Branding::default()));
    }
    let created = join_all(created).await.into_iter().map(refusal);
    let (refused, done): (Vec<_>, Vec<_>) = created.partition(Option::is_some);
    assert_eq!((done.len(), refused.len()), (1, 5));
    let taken = Some(SettingsRefusal::NameTaken);
    assert!(refused.iter().all(|refusal| *refusal == taken));
}

#[tokio::test]
async fn a_domain_that_is_added_before_there_is_a_connection_leads_to_it_later() {
    let market = Market::open().await;
    market.verify("acme", "acme.example").await;
    let organizations = market.app.okta.organizations();
    let link = sign_up(&organizations, "gamma").await;
    organizations
        .add_domain("gamma", " Gamma.example ")
        .await
        .unwrap();
    let hint = "/login?domain_hint=gamma.example";
    let lost = market.app.browser().page(hint).await;
    assert_ne!(lost.status(), StatusCode::SEE_OTHER);
    assert_eq!(organizations.connection_of_domain("gamma.example"), None);
    for (name, domain, expected) in [
        ("gamma", "acme.example", SettingsRefusal::DomainTaken),
        (
            "gamma",
            "ada@gamma.example",
            SettingsRefusal::MalformedDomain,
        ),
        (
            "nobody",
            "nobody.example",
            SettingsRefusal::UnknownConnection,
        ),
    ] {
        let refused = organizations.add_domain(name, domain).await;
        assert_eq!(refusal(refused), Some(expected), "{domain}");
    }
    let domains = organizations.domains("gamma").await.unwrap();
    let names: Vec<&str> = domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["gamma.example"], "all of it or nothing");
    assert!(domains[0].verified_at.is_some());

    let gamma = set_up(&market, &link, "gamma").await;
    let to = location(&market.app.browser().page(hint).await);
    assert!(to.starts_with(&gamma.issuer), "{to}");
    let found = organizations.connection_of_domain("GAMMA.example").unwrap();
    assert_eq!(found.name, "gamma");
    organizations
        .remove_domain("gamma", "gamma.example")
        .await
        .unwrap();
    assert_eq!(organizations.connection_of_domain("gamma.example"), None);
}

#[tokio::test]
async fn the_app_disables_enables_and_deletes_what_its_customers_connected() {
    let market = Market::open().await;
    market.verify("acme", "acme.example").await;
    let organizations = market.app.okta.organizations();
    let person = market.signed_in("acme").await;
    let change = ConnectionChange::default().enabled(false);
    let acme = organizations.change("acme", change).await.unwrap();
    assert!(!acme.enabled && !person.is_signed_in().await);
    assert_eq!(organizations.connection_of_domain("acme.example"), None);
    assert!(organizations.connections_of("acme").is_empty());
    assert_eq!(organizations.connection("acme"), Some(acme));
    let change = ConnectionChange::default().enabled(true);
    organizations.change("acme", change).await.unwrap();
    market.signed_in("acme").await;

    let looks = Branding::default().name("Acme Inc.");
    organizations
        .set_branding("acme", looks.clone())
        .await
        .unwrap();
    assert_eq!(organizations.branding("acme").await.unwrap(), looks);
    let names = async || {
        let page = organizations.connections(&ConnectionQuery::default());
        let connections = page.unwrap().connections;
        Vec::from_iter(connections.into_iter().map(|found| found.name))
    };
    assert_eq!(names().await, ["acme", "beta", "okta"]);
    let person = market.signed_in("acme").await;
    organizations.delete("acme").await.unwrap();
    assert!(!person.is_signed_in().await);
    assert_eq!(names().await, ["beta", "okta"]);
    let audit = market.admin.audit().await;
    let entry = (&audit[0]["event"], &audit[0]["actor"]["kind"]);
    assert_eq!(entry, (&json!("disconnected"), &json!("app")));
    let created = organizations.create("acme", Branding::default()).await;
    assert_eq!(refusal(created), None, "its name is free again");
    let locked = ConnectionChange::default().enabled(false);
    let locked = organizations.change("okta", locked).await;
    assert_eq!(refusal(locked), Some(SettingsRefusal::LocksYouOut));
}

#[tokio::test]
async fn an_organization_that_was_never_set_up_is_deleted_with_its_links_and_domains() {
    let market = Market::open().await;
    let organizations = market.app.okta.organizations();
    let link = sign_up(&organizations, "gamma").await;
    organizations
        .add_domain("gamma", "gamma.example")
        .await
        .unwrap();
    let browser = opened(&market, &link).await;
    organizations.delete("gamma").await.unwrap();
    assert_eq!(
        browser.api("/api/okta/connections").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let gone = press(&market.app.browser(), &link).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(market.verify("beta", "gamma.example").await, StatusCode::OK);
    let unknown = organizations.delete("gamma").await;
    assert_eq!(refusal(unknown), Some(SettingsRefusal::UnknownConnection));
    sign_up(&organizations, "gamma").await;
}

/// The next company of that name would have its domains.
#[tokio::test]
async fn a_setup_link_alone_gives_no_domain() {
    let market = Market::open().await;
    let organizations = market.app.okta.organizations();
    organizations
        .make_setup_link("delta", SetupLinkForm::default())
        .await
        .unwrap();
    let refused = organizations.add_domain("delta", "delta.example").await;
    assert_eq!(refusal(refused), Some(SettingsRefusal::UnknownConnection));
    assert_eq!(market.verify("beta", "delta.example").await, StatusCode::OK);
}

#[tokio::test]
async fn what_is_set_up_under_other_names_is_not_deleted_by_its_key() {
    let market = Market::open().await;
    let organizations = market.app.okta.organizations();
    let moved = json!({ "organization": "acme-inc" });
    assert_eq!(market.change("acme", moved).await, StatusCode::OK);
    let looks = Branding::default().name("Acme Inc.");
    organizations
        .set_branding("acme", looks.clone())
        .await
        .unwrap();
    let deleted = organizations.delete("acme-inc").await;
    assert_eq!(refusal(deleted), Some(SettingsRefusal::UnknownConnection));
    assert_eq!(organizations.branding("acme").await.unwrap(), looks);
}

#[tokio::test]
async fn a_name_is_free_when_what_was_created_with_it_is_deleted_from_another_organization() {
    let market = Market::open().await;
    let organizations = market.app.okta.organizations();
    let link = sign_up(&organizations, "gamma").await;
    set_up(&market, &link, "gamma").await;
    let moved = json!({ "organization": "gamma-inc" });
    assert_eq!(market.change("gamma", moved).await, StatusCode::OK);
    organizations.delete("gamma").await.unwrap();
    let created = organizations.create("gamma", Branding::default()).await;
    assert_eq!(refusal(created), None);
}

#[tokio::test]
async fn while_the_plugin_is_closed_nothing_is_found_and_nothing_is_changed() {
    let closed = |builder: OktaBuilder| builder.database("sqlite:/proc/nowhere/okta.db");
    let app = App::start_with(closed).await;
    let organizations = app.okta.organizations();
    assert_eq!(organizations.connection("okta"), None);
    assert!(organizations.connections_of("okta").is_empty());
    assert_eq!(organizations.connection_of_domain("acme.example"), None);
    let created = organizations.create("gamma", Branding::default()).await;
    assert_eq!(refusal(created), Some(SettingsRefusal::Closed));
}
