use std::time::Duration;

use okta_types::{RoleRule, SignInPolicy};
use tempfile::TempDir;
use url::Url;

use super::*;
use crate::{
    outbound::{AddressPolicy, HttpClient},
    random_token,
    store::{Standing, Store, now},
};

/// That several servers may use.
pub(crate) struct Database(TempDir);

impl Database {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A server that has read what is stored now.
    pub(crate) async fn server(&self) -> (Arc<Store>, Arc<Connections>) {
        let url = format!("sqlite:{}", self.0.path().join("okta.db").display());
        let store = Arc::new(Store::open(&url, None).await.unwrap());
        let callback = Url::parse("https://app.example.com/callback").unwrap();
        let loaded = Connections::load(store.clone(), http(), callback, None, None).await;
        (store, Arc::new(loaded.unwrap()))
    }
}

pub(crate) fn config(name: &str, client_id: &str) -> ConnectionConfig {
    ConnectionConfig {
        id: random_token(),
        name: name.to_owned(),
        issuer: "https://dev-1.okta.com".to_owned(),
        client_id: client_id.to_owned(),
        client_secret: "hunter2".into(),
        connected_at: now(),
        api_token: None,
        options: ConnectionOptions::default(),
        standing: Standing::new(name),
        sign_in_policy: SignInPolicy::default(),
    }
}

/// For what looks at a connection and not at whether it is in use. Not for asynchronous tests.
pub(crate) fn unregistered(config: ConnectionConfig) -> Connection {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_, connections) = runtime.block_on(Database::new().server());
    connections.candidate(config)
}

fn http() -> HttpClient {
    let policy = AddressPolicy {
        loopback: false,
        private: false,
    };
    HttpClient::new(policy, Duration::from_secs(1), &[]).unwrap()
}

impl Connections {
    /// Connects, or says why not.
    pub(crate) async fn connected(
        &self,
        before: Option<&Connection>,
        config: ConnectionConfig,
    ) -> Result<(), ReplaceError> {
        self.replace(before, self.candidate(config), None).await
    }
}

fn client_of(connections: &Connections, name: &str) -> Option<String> {
    let connection = connections.named(name);
    connection.map(|connection| connection.config.client_id.clone())
}

#[tokio::test]
async fn a_connection_that_another_server_kept_is_not_overwritten_unseen() {
    let database = Database::new();
    let [(_, one), (_, other)] = [database.server().await, database.server().await];
    for name in [CONNECTION, "acme"] {
        let client = |number: u8| format!("{name}{number}");
        one.connected(None, config(name, &client(1))).await.unwrap();
        let second = other.connected(None, config(name, &client(2))).await;
        assert!(matches!(second, Err(ReplaceError::Changed)));
        assert_eq!(
            client_of(&other, name),
            Some(client(1)),
            "in use from now on"
        );

        let in_use = other.named(name).unwrap();
        let second = other.connected(Some(&in_use), config(name, &client(2)));
        second.await.unwrap();
        let in_use = one.named(name).unwrap();
        assert!(!one.delete(&in_use).await.unwrap());
        assert_eq!(client_of(&one, name), Some(client(2)));
        let in_use = one.named(name).unwrap();
        assert!(one.delete(&in_use).await.unwrap());
        other.read_again(name).await.unwrap();
        assert_eq!(client_of(&other, name), None);
    }
}

#[tokio::test]
async fn an_okta_app_is_one_connection() {
    let database = Database::new();
    let (_, connections) = database.server().await;
    connections
        .connected(None, config("acme", "a"))
        .await
        .unwrap();
    let mut twice = config("beta", "a");
    twice.issuer.push('/');
    let refused = connections.connected(None, twice).await;
    assert!(matches!(refused, Err(ReplaceError::SameApp(name)) if name == "acme"));
    let mut other_org = config("beta", "a");
    other_org.issuer = "https://dev-2.okta.com".to_owned();
    connections.connected(None, other_org).await.unwrap();
    connections
        .connected(None, config("gamma", "b"))
        .await
        .unwrap();
}

#[tokio::test]
async fn each_connection_is_found_by_what_is_its_own() {
    let database = Database::new();
    let (_, connections) = database.server().await;
    for (name, place) in [(CONNECTION, 2), ("acme", 1), ("beta", 1)] {
        let mut config = config(name, name);
        config.standing.place = place;
        config.standing.enabled = name != "beta";
        connections.connected(None, config).await.unwrap();
    }
    let [okta, acme, beta] =
        [CONNECTION, "acme", "beta"].map(|name| connections.named(name).unwrap());
    let names = |connections: Vec<Arc<Connection>>| -> Vec<String> {
        let names = connections.iter();
        names
            .map(|connection| connection.config.name.clone())
            .collect()
    };
    assert_eq!(names(connections.all()), ["acme", "beta", CONNECTION]);
    assert_eq!(names(connections.in_use()), ["acme", CONNECTION]);
    let mut signed = names(connections.signed_by("https://dev-1.okta.com/"));
    signed.sort();
    assert_eq!(signed, ["acme", CONNECTION]);
    assert!(connections.is_in_use(&acme.config.id));
    assert!(!connections.is_in_use(&beta.config.id), "it is disabled");
    assert!(connections.with_id(&beta.config.id).is_none());
    assert!(connections.lifetimes(&beta.config.id).is_none());
    assert!(connections.only().is_none());

    let redirect_uri = |connection: &Connection| connection.relying_party.redirect_uri.to_string();
    assert_eq!(redirect_uri(&okta), "https://app.example.com/callback");
    assert_eq!(redirect_uri(&acme), "https://app.example.com/callback/acme");

    assert!(connections.delete(&acme).await.unwrap());
    assert!(connections.with_id(&acme.config.id).is_none());
    assert_eq!(
        names(connections.signed_by("https://dev-1.okta.com")),
        [CONNECTION]
    );
    let only = connections.only().unwrap();
    assert_eq!(only.config.name, CONNECTION);
}

#[tokio::test]
async fn what_was_made_of_a_connection_counts_until_that_one_changes() {
    let database = Database::new();
    let [(store, one), (_, other)] = [database.server().await, database.server().await];
    for name in [CONNECTION, "acme"] {
        one.connected(None, config(name, name)).await.unwrap();
    }
    let [okta, acme] = [CONNECTION, "acme"].map(|name| one.named(name).unwrap());
    assert!(one.is_current(&okta) && one.is_current(&acme));
    one.find_anew("acme");
    assert!(one.is_current(&okta) && !one.is_current(&acme));

    let table = RoleTable::new(vec![RoleRule::new("Engineering", "editor")]);
    one.use_role_table("acme", table.clone());
    assert_eq!(*one.named("acme").unwrap().roles, table);
    assert!(one.is_current(&okta));

    // What another server stored is read, and nothing else.
    other.read_all_again().await.unwrap();
    let [okta, acme] = [CONNECTION, "acme"].map(|name| other.named(name).unwrap());
    let mut change = store.change().await.unwrap();
    change.put_role_table("acme", &table).await.unwrap();
    change.commit().await.unwrap();
    other.read_again("acme").await.unwrap();
    assert!(other.is_current(&okta) && !other.is_current(&acme));
    assert_eq!(*other.named("acme").unwrap().roles, table);
    let provider = |connection: &Connection| connection.relying_party.provider.clone();
    let [before, after] = [acme, other.named("acme").unwrap()].map(|it| provider(&it));
    assert!(
        Arc::ptr_eq(&before, &after),
        "it keeps what its provider said"
    );
}
