//! The connections as data: exported, wiped, and applied.

use axum_okta::{
    OktaBuilder,
    configuration::{
        AdminEntry, AppliedKind, Apply, Configuration, ConfigurationError, ConnectionEntry,
        DomainEntry, Secrets,
    },
    connection::GroupsFrom,
    organizations::Branding,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    harness::{App, form, postgres, table},
    organizations::{Market, connection},
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

/// An app with two customers, of whom much is configured.
async fn market(change: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Market {
    let market = Market::open_with(change).await;
    let acme = json!({
        "organization": "acme-inc", "listed": true, "place": -3, "display_name": "Acme",
    });
    assert_eq!(market.change("acme", acme).await, StatusCode::OK);
    let disabled = json!({ "enabled": false });
    assert_eq!(market.change("beta", disabled).await, StatusCode::OK);
    market.verify("acme", "acme.example").await;
    let path = format!("{}/domains/acme.test", connection("acme"));
    market.admin.send_json(Method::PUT, &path, &json!({})).await;
    let path = format!("{}/roles", connection("acme"));
    let roles = json!(table(&[("Engineering", "editor")]));
    market.admin.send_json(Method::PUT, &path, &roles).await;
    let path = format!("{}/branding", connection("acme"));
    let set = market
        .admin
        .send_json(Method::PUT, &path, &branding())
        .await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    market
}

fn branding() -> Value {
    json!({ "name": "Acme Inc.", "logo": "", "color": "#b3261e", "text": "Ask it@acme.example" })
}

/// How the organization of a connection looks.
async fn looks(market: &Market, name: &str) -> Branding {
    let organizations = market.app.okta.organizations();
    organizations.branding(name).await.unwrap()
}

async fn wipe(market: &Market) {
    let how = Apply::default().prune(true);
    let nothing = Configuration::default();
    let wiped = market.app.okta.apply_configuration(&nothing, how).await;
    assert_eq!(wiped.unwrap().changes.len(), 3);
}

async fn export_wipe_and_apply_gives_the_same(market: Market) {
    let okta = market.app.okta.clone();
    let exported = okta.export_configuration(Secrets::Included).await.unwrap();
    let document = json!(exported);
    assert_eq!(document["connections"][0]["branding"], branding());
    assert_eq!(
        document["connections"][1]["branding"],
        json!(Branding::default())
    );
    wipe(&market).await;
    assert!(okta.connection().is_none());
    assert_eq!(looks(&market, "acme-inc").await, Branding::default());
    let empty = okta.export_configuration(Secrets::Included).await.unwrap();
    assert!(empty.connections.is_empty());

    let read = Configuration::from_json(document).unwrap();
    assert_eq!(read, exported);
    let applied = okta.apply_configuration(&read, Apply::default()).await;
    let applied = applied.unwrap();
    assert_eq!((applied.changes.len(), applied.unchanged), (3, 0));
    let again = okta.export_configuration(Secrets::Included).await.unwrap();
    assert_eq!(again, exported);
    let applied = okta.apply_configuration(&read, Apply::default()).await;
    let applied = applied.unwrap();
    assert_eq!((applied.changes.len(), applied.unchanged), (0, 3));

    let person = market.signed_in("acme").await.identity().await;
    assert_eq!(person["roles"], json!(["editor"]));
    assert_eq!(person["organization"], "acme-inc");
    assert_eq!(json!(looks(&market, "acme").await), branding());
    let hint = "/login?domain_hint=acme.example";
    assert_eq!(market.leads_to(hint).await, Some("acme"));
    assert_eq!(market.leads_to("/login?connection=beta").await, None);
    let admin = market.signed_in("okta").await;
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
}

#[tokio::test]
async fn export_wipe_and_apply_gives_the_same_on_sqlite() {
    export_wipe_and_apply_gives_the_same(market(|builder| builder).await).await;
}

#[tokio::test]
async fn export_wipe_and_apply_gives_the_same_on_postgres() {
    let url = postgres::database().await;
    let on_postgres = |builder: OktaBuilder| builder.database(&url).encryption_key(KEY.to_owned());
    let other = on_postgres(axum_okta::Okta::builder()).allow_http_issuer(true);
    let market = market(on_postgres).await;
    let other = other.open().await.unwrap();
    export_wipe_and_apply_gives_the_same(market).await;
    // Another server that shares the database has heard of it.
    while other.connection().is_none() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn without_secrets_the_stored_ones_stay() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let exported = okta.export_configuration(Secrets::Omitted).await.unwrap();
    let secret = form(&market.acme).client_secret;
    let text = json!(exported).to_string();
    assert!(!text.contains(&secret) && !text.contains("client_secret"));
    let mut changed = exported.clone();
    changed.connections[0].options.display_name = "Acme Corporation".to_owned();
    let applied = okta.apply_configuration(&changed, Apply::default()).await;
    let applied = applied.unwrap();
    assert_eq!(
        applied.changes[0].to_string(),
        "~ acme: display_name \"Acme Corporation\""
    );
    assert_eq!((applied.changes.len(), applied.unchanged), (1, 2));
    market.signed_in("acme").await;
    let audit = market.admin.audit().await;
    let entry = audit.as_array().unwrap().iter();
    let entry = entry
        .clone()
        .find(|entry| entry["actor"]["kind"] == "operator");
    let entry = entry.unwrap();
    assert_eq!(entry["connection"], "acme");
    assert_eq!(
        entry["detail"],
        "applied: display_name \"Acme Corporation\""
    );

    wipe(&market).await;
    let refused = okta.apply_configuration(&exported, Apply::default()).await;
    let Err(ConfigurationError::Entries(errors)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[0].field, "client_secret");
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let before = okta.export_configuration(Secrets::Included).await.unwrap();
    let mut wanted = before.clone();
    wanted.connections.retain(|entry| entry.name != "beta");
    let mut gamma = ConnectionEntry::new("gamma", "https://gamma.okta.com", "0oa3");
    gamma.client_secret = Some("a-secret-that-no-difference-shows".to_owned());
    gamma.domains = Some(vec![DomainEntry::new("gamma.example").verified(true)]);
    gamma.admins = Some(vec![AdminEntry::new("https://gamma.okta.com", "00u3")]);
    wanted.connections.push(gamma);
    let how = Apply::default().prune(true);
    let planned = okta.apply_configuration(&wanted, how.dry_run(true)).await;
    let planned = planned.unwrap();
    let lines: Vec<String> = planned.changes.iter().map(ToString::to_string).collect();
    let created = "+ gamma: issuer https://gamma.okta.com, client ID 0oa3, domains: gamma.example (verified), admins: 00u3";
    assert_eq!(lines[0], created);
    assert_eq!(lines[1], format!("- beta: {}", market.beta.issuer));
    assert_eq!(planned.changes[1].kind, AppliedKind::Deleted);
    let after = okta.export_configuration(Secrets::Included).await.unwrap();
    assert_eq!(after, before);

    let done = okta.apply_configuration(&wanted, how).await.unwrap();
    assert_eq!(done, planned);
    let hint = market
        .app
        .browser()
        .page("/login?domain_hint=gamma.example")
        .await;
    assert_eq!(
        hint.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "it is asked, and doesn't exist"
    );
}

#[tokio::test]
async fn of_ten_thousand_connections_with_one_broken_none_is_made() {
    let app = App::start().await;
    let entry = |number: usize| {
        let mut entry = ConnectionEntry::new(
            format!("customer-{number}"),
            format!("https://customer-{number}.okta.com"),
            format!("0oa{number}"),
        );
        entry.client_secret = Some("secret".to_owned());
        entry
    };
    let mut configuration = Configuration::new((0..10_000).map(entry).collect());
    configuration.connections[7_777].issuer = "ftp://customer-7777.okta.com".to_owned();
    let apply = async |configuration: &Configuration| {
        let how = Apply::default();
        app.okta.apply_configuration(configuration, how).await
    };
    let refused = apply(&configuration).await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "the configuration can't be applied, and nothing was changed:\n  customer-7777, issuer: This issuer can't be \
         used: an issuer uses https://, not ftp://."
    );
    let stored = app.okta.export_configuration(Secrets::Omitted).await;
    assert!(stored.unwrap().connections.is_empty());
    configuration.connections[7_777] = entry(7_777);
    assert_eq!(apply(&configuration).await.unwrap().changes.len(), 10_000);
    assert_eq!(apply(&configuration).await.unwrap().unchanged, 10_000);
}

#[tokio::test]
async fn what_can_not_be_is_said_of_each_connection() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let entry = |name: &str| {
        let issuer = format!("https://{name}.okta.com");
        let mut entry = ConnectionEntry::new(name, issuer, "0oa9");
        entry.client_secret = Some("secret".to_owned());
        entry
    };
    let broken = |change: fn(&mut ConnectionEntry)| {
        let mut entry = entry("broken");
        change(&mut entry);
        entry
    };
    for (entries, connection, field) in [
        (vec![entry("Acme")], "Acme", "name"),
        (vec![entry("one"), entry("one")], "one", "name"),
        (vec![entry("")], "", "name"),
        (
            vec![broken(|entry| entry.client_id = "a b".to_owned())],
            "broken",
            "client_id",
        ),
        (
            vec![broken(|entry| entry.client_secret = None)],
            "broken",
            "client_secret",
        ),
        (
            vec![broken(|entry| entry.organization = Some("Ä".to_owned()))],
            "broken",
            "organization",
        ),
        (
            vec![broken(|entry| entry.options.groups_from = GroupsFrom::Api)],
            "broken",
            "api_token",
        ),
        (
            vec![broken(|entry| entry.roles = Some(table(&[("Group", "")])))],
            "broken",
            "roles",
        ),
        (
            vec![broken(|entry| {
                entry.domains = Some(vec![DomainEntry::new("acme.example").verified(true)]);
            })],
            "broken",
            "domains/0",
        ),
        (
            vec![broken(|entry| {
                entry.domains = Some(vec![DomainEntry::new("a@b")])
            })],
            "broken",
            "domains/0",
        ),
        (
            vec![broken(|entry| {
                entry.branding = Some(Branding::default().color("#ffcc00"));
            })],
            "broken",
            "branding",
        ),
        (
            vec![entry("one"), {
                let mut two = entry("two");
                two.issuer = "https://one.okta.com/".to_owned();
                two
            }],
            "two",
            "client_id",
        ),
    ] {
        let configuration = Configuration::new(entries);
        let refused = okta.apply_configuration(&configuration, Apply::default());
        let Err(ConfigurationError::Entries(errors)) = refused.await else {
            panic!("{connection} {field}");
        };
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(
            (errors[0].connection.as_str(), errors[0].field.as_str()),
            (connection, field)
        );
    }
    for (document, expected) in [
        (json!({ "connection": [] }), "The file"),
        (
            json!({ "connections": [{ "name": "a", "isuer": "b" }] }),
            "a, isuer: There is no such field.",
        ),
        (
            json!({ "connections": [{ "name": "a", "issuer": 1, "client_id": "c" }] }),
            "a, issuer: invalid type",
        ),
    ] {
        let refused = Configuration::from_json(document).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn connections_of_one_organization_look_the_same() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let mut wanted = okta.export_configuration(Secrets::Omitted).await.unwrap();
    let red = Branding::default().color("#b3261e");
    wanted.connections[0].branding = Some(Branding::default().name("Acme"));
    wanted.connections[1].branding = Some(red.clone());
    wanted.connections[1].organization = Some("acme-inc".to_owned());
    let refused = okta.apply_configuration(&wanted, Apply::default()).await;
    let Err(ConfigurationError::Entries(errors)) = refused else {
        panic!("two brandings of one organization");
    };
    assert_eq!(
        errors[0].to_string(),
        "beta, branding: The connection acme is of the same organization and has another branding."
    );
    assert_eq!(json!(looks(&market, "acme").await), branding());
    wanted.connections[0].branding = None;
    let applied = okta.apply_configuration(&wanted, Apply::default()).await;
    assert_eq!(applied.unwrap().changes.len(), 1);
    assert_eq!(looks(&market, "acme").await, red);
    assert_eq!(looks(&market, "beta").await, red);
}

#[tokio::test]
async fn an_organization_looks_the_same_when_its_connection_gets_another_name() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let exported = okta.export_configuration(Secrets::Included).await.unwrap();
    let mut wanted = exported.clone();
    wanted.connections[0].name = "acme-eu".to_owned();
    wanted.connections[0].branding = None;
    let how = Apply::default().prune(true);
    let applied = okta.apply_configuration(&wanted, how).await.unwrap();
    assert_eq!((applied.changes.len(), applied.unchanged), (2, 2));
    assert_eq!(json!(looks(&market, "acme-eu").await), branding());
    let after = okta.export_configuration(Secrets::Included).await.unwrap();
    let said = |configuration: &Configuration| json!(configuration)["connections"][0].clone();
    let mut expected = said(&exported);
    expected["name"] = json!("acme-eu");
    assert_eq!(said(&after), expected);
}

#[tokio::test]
async fn an_organization_that_looked_like_nothing_looks_like_nothing_again() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let exported = okta.export_configuration(Secrets::Omitted).await.unwrap();
    let red = Branding::default().color("#b3261e");
    let organizations = okta.organizations();
    organizations.set_branding("beta", red).await.unwrap();
    let applied = okta.apply_configuration(&exported, Apply::default()).await;
    assert_eq!(applied.unwrap().changes.len(), 1);
    assert_eq!(looks(&market, "beta").await, Branding::default());
}

#[tokio::test]
async fn the_looks_of_the_app_itself_outlast_its_connection() {
    let market = market(|builder| builder).await;
    let red = Branding::default().color("#b3261e");
    let organizations = market.app.okta.organizations();
    organizations
        .set_branding("okta", red.clone())
        .await
        .unwrap();
    wipe(&market).await;
    assert_eq!(looks(&market, "okta").await, red);
}

#[tokio::test]
async fn a_domain_of_an_organization_that_is_yet_to_be_set_up_is_not_pruned() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let organizations = okta.organizations();
    organizations
        .create("gamma", Branding::default())
        .await
        .unwrap();
    organizations
        .add_domain("gamma", "gamma.example")
        .await
        .unwrap();
    let mut wanted = okta.export_configuration(Secrets::Omitted).await.unwrap();
    let domain = DomainEntry::new("gamma.example").verified(true);
    wanted.connections[0].domains = Some(vec![domain]);
    let how = Apply::default().prune(true);
    let refused = okta.apply_configuration(&wanted, how).await;
    let Err(ConfigurationError::Entries(errors)) = refused else {
        panic!("a domain of two: {refused:?}");
    };
    assert_eq!(
        errors[0].to_string(),
        "acme, domains/0: The domain is verified for the connection gamma."
    );
}

#[tokio::test]
async fn a_domain_moves_from_one_connection_to_another_at_once() {
    let market = market(|builder| builder).await;
    let okta = &market.app.okta;
    let mut wanted = okta.export_configuration(Secrets::Omitted).await.unwrap();
    let moved = wanted.connections[0].domains.take();
    wanted.connections[0].domains = Some(Vec::new());
    wanted.connections[1].domains = moved;
    wanted.connections[1].enabled = true;
    let applied = okta.apply_configuration(&wanted, Apply::default()).await;
    assert_eq!(applied.unwrap().changes.len(), 2);
    let hint = "/login?domain_hint=acme.example";
    assert_eq!(market.leads_to(hint).await, Some("beta"));
}

#[tokio::test]
async fn the_operators_connection_is_neither_exported_nor_applied() {
    let app = App::start().await;
    let (provider, _) = app.connected().await;
    let managed = form(&provider);
    let app = app
        .restart_with(|builder| builder.managed_connection(managed))
        .await;
    let exported = app
        .okta
        .export_configuration(Secrets::Omitted)
        .await
        .unwrap();
    assert!(exported.connections.is_empty());
    let mut entry = ConnectionEntry::new("okta", &provider.issuer, "0oa1");
    entry.client_secret = Some("secret".to_owned());
    let configuration = Configuration::new(vec![entry]);
    let refused = app
        .okta
        .apply_configuration(&configuration, Apply::default());
    assert!(
        refused
            .await
            .unwrap_err()
            .to_string()
            .contains("managed by")
    );
    let how = Apply::default().prune(true);
    let nothing = Configuration::default();
    let pruned = app.okta.apply_configuration(&nothing, how).await;
    assert!(pruned.unwrap().changes.is_empty());
}
