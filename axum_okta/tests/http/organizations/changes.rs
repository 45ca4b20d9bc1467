//! What the app is told of connections that change.

use std::time::Duration;

use axum_okta::{
    Okta, OktaBuilder,
    configuration::{Apply, Configuration, Secrets},
    connection::{ConnectionChangeKind, ConnectionChanged},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Market, connection};
use crate::harness::{Log, Provider, form, postgres};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

struct Told(UnboundedReceiver<ConnectionChanged>);

impl Told {
    /// A builder's hook, and what it is told.
    fn hook() -> (impl FnOnce(OktaBuilder) -> OktaBuilder, Self) {
        let (tell, told) = unbounded_channel();
        let hook = move |builder: OktaBuilder| {
            builder.on_connection_changed(move |changed| {
                let told = tell.send(changed);
                async move { Ok(told?) }
            })
        };
        (hook, Self(told))
    }

    async fn next(&mut self) -> ConnectionChanged {
        self.0.recv().await.unwrap()
    }

    /// What happened next, and to which connection.
    async fn next_is(&mut self, kind: ConnectionChangeKind, name: &str) -> ConnectionChanged {
        let changed = self.next().await;
        let said = (changed.kind, changed.connection.name.as_str());
        assert_eq!(said, (kind, name));
        changed
    }

    fn is_told_nothing_more(&mut self) -> bool {
        self.0.try_recv().is_err()
    }
}

async fn market() -> (Market, Told) {
    let (hook, mut told) = Told::hook();
    let market = Market::open_with(hook).await;
    for name in ["okta", "acme", "beta"] {
        told.next_is(ConnectionChangeKind::Created, name).await;
    }
    (market, told)
}

/// A change checks the connection, which its provider can draw out.
#[tokio::test]
async fn the_slow_okta_of_one_organization_holds_up_no_other() {
    let market = Market::open().await;
    let (admin, acme) = (&market.admin, &market.acme);
    acme.now().discovery_delay = Duration::from_secs(3600);
    let asked = acme.asked("discovery");
    let of_acme = form(acme);
    let of_beta = async {
        acme.until_asked("discovery", asked + 1).await;
        market.change("beta", json!({ "listed": true })).await
    };
    tokio::select! {
        biased;
        _ = admin.connect_as("acme", &of_acme) => panic!("beta has waited for acme"),
        changed = of_beta => assert_eq!(changed, StatusCode::OK),
    }
}

#[tokio::test]
async fn the_app_is_told_of_each_connection_that_is_created_changed_and_deleted() {
    let (market, mut told) = market().await;
    let renamed = json!({ "display_name": "Acme", "organization": "acme-inc" });
    assert_eq!(market.change("acme", renamed).await, StatusCode::OK);
    let changed = told.next_is(ConnectionChangeKind::Changed, "acme").await;
    assert_eq!(changed.connection.organization, "acme-inc");
    assert_eq!(changed.connection.options.display_name, "Acme");
    let disabled = json!({ "enabled": false });
    assert_eq!(market.change("beta", disabled).await, StatusCode::OK);
    let changed = told.next_is(ConnectionChangeKind::Changed, "beta").await;
    assert!(!changed.connection.enabled);

    let other = Provider::start(&format!("{}/acme", market.app.callback())).await;
    let replaced = market.admin.connect_as("acme", &form(&other)).await;
    assert_eq!(replaced.status(), StatusCode::OK);
    let changed = told.next_is(ConnectionChangeKind::Changed, "acme").await;
    assert_eq!(changed.connection.issuer, other.issuer);

    let gone = market
        .admin
        .send_json(Method::DELETE, &connection("acme"), &Value::Null)
        .await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let deleted = told.next_is(ConnectionChangeKind::Deleted, "acme").await;
    assert_eq!(deleted.connection.organization, "acme-inc");
    assert!(deleted.at >= changed.at);
    assert!(told.is_told_nothing_more(), "of each once");
}

#[tokio::test]
async fn of_what_was_not_saved_the_app_is_told_nothing() {
    let (market, mut told) = market().await;
    let wrong = crate::harness::form_with(&market.acme, |form| {
        form.client_secret = "wrong".to_owned();
    });
    let refused = market.admin.connect_as("acme", &wrong).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let locked = json!({ "enabled": false });
    assert_eq!(market.change("okta", locked).await, StatusCode::CONFLICT);
    let only = format!("{}?check=only", connection("acme"));
    let body = json!(form(&market.acme));
    let checked = market.admin.send_json(Method::PUT, &only, &body).await;
    assert_eq!(checked.status(), StatusCode::OK);
    // What comes next was saved.
    let named = json!({ "display_name": "Beta" });
    assert_eq!(market.change("beta", named).await, StatusCode::OK);
    told.next_is(ConnectionChangeKind::Changed, "beta").await;
    assert!(told.is_told_nothing_more());
}

#[tokio::test]
async fn a_file_that_is_applied_is_told_of_connection_by_connection() {
    let (market, mut told) = market().await;
    let okta = &market.app.okta;
    let exported = okta.export_configuration(Secrets::Included).await.unwrap();
    let wipe = Apply::default().prune(true);
    let nothing = Configuration::default();
    okta.apply_configuration(&nothing, wipe).await.unwrap();
    for name in ["acme", "beta", "okta"] {
        told.next_is(ConnectionChangeKind::Deleted, name).await;
    }
    let how = Apply::default();
    okta.apply_configuration(&exported, how).await.unwrap();
    for name in ["acme", "beta", "okta"] {
        told.next_is(ConnectionChangeKind::Created, name).await;
    }
    let again = okta.apply_configuration(&exported, how).await.unwrap();
    assert_eq!(again.unchanged, 3);
    assert!(told.is_told_nothing_more());
}

#[tokio::test]
async fn the_server_that_made_the_change_tells_and_the_others_do_not() {
    let url = postgres::database().await;
    let on = |builder: OktaBuilder| builder.database(&url).encryption_key(KEY.to_owned());
    let (hook, mut told) = Told::hook();
    let (hook_of_other, mut told_at_other) = Told::hook();
    let market = Market::open_with(|builder| hook(on(builder))).await;
    let other = hook_of_other(on(Okta::builder())).allow_http_issuer(true);
    let other = other.open().await.unwrap();
    let named = json!({ "display_name": "Acme" });
    assert_eq!(market.change("acme", named).await, StatusCode::OK);
    for name in ["okta", "acme", "beta"] {
        told.next_is(ConnectionChangeKind::Created, name).await;
    }
    told.next_is(ConnectionChangeKind::Changed, "acme").await;
    let at_other = || other.organizations().connection("acme").unwrap();
    while at_other().options.display_name != "Acme" {
        tokio::task::yield_now().await;
    }
    assert!(told_at_other.is_told_nothing_more());
}

#[tokio::test]
async fn what_goes_wrong_in_the_app_is_logged_and_the_change_counts() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=error");
    let market = Market::open_with(|builder| {
        builder.on_connection_changed(async |changed: ConnectionChanged| {
            assert_ne!(changed.connection.name, "acme", "on purpose");
            Err(format!("{} is not told", changed.connection.name).into())
        })
    })
    .await;
    log.until_so_often("a connection has changed without the app's part", 3)
        .await;
    log.until_so_often("beta is not told", 1).await;
    market.signed_in("acme").await;
}
