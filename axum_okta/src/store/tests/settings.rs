//! What admins decide, and secrets.

use std::net::IpAddr;

use okta_types::{ConnectionOptions, Identity, RoleRule, RoleTable, SignInPolicy, Timestamp};
use secrecy::ExposeSecret;
use sqlx::Row;
use tower_sessions::session::Id;

use super::{Database, execute};
use crate::store::{
    ConnectionConfig, EncryptionError, OpenSetup, OpenStoreError, SessionKey, Standing, Store,
    StoreError, StoredSession, now,
};

fn connection() -> ConnectionConfig {
    ConnectionConfig {
        id: "first".to_owned(),
        name: "okta".to_owned(),
        issuer: "https://dev-1.okta.com".to_owned(),
        client_id: "0oa1".to_owned(),
        client_secret: "hunter2".into(),
        connected_at: Timestamp(1),
        api_token: Some("00aToken".into()),
        options: ConnectionOptions::default(),
        standing: Standing::new("okta"),
        sign_in_policy: SignInPolicy::default().email_domains(["acme.com"]),
    }
}

async fn put(store: &Store, connection: &ConnectionConfig) {
    let mut change = store.change().await.unwrap();
    change.put_connection(connection).await.unwrap();
    change.commit().await.unwrap();
}

pub(super) async fn a_connection_is_kept_whole_and_replaced_whole(database: Database) {
    let store = database.open().await;
    put(&store, &connection()).await;
    let found = store.connection("okta").await.unwrap().unwrap();
    assert_eq!(found.client_secret.expose_secret(), "hunter2");
    assert_eq!(found.api_token.unwrap().expose_secret(), "00aToken");
    assert_eq!(found.options, ConnectionOptions::default());

    let second = ConnectionConfig {
        id: "second".to_owned(),
        issuer: "https://dev-2.okta.com".to_owned(),
        api_token: None,
        ..connection()
    };
    put(&store, &second).await;
    let found = store.connection("okta").await.unwrap().unwrap();
    assert_eq!((found.id, found.issuer), (second.id, second.issuer));
    assert!(found.api_token.is_none());

    let mut change = store.change().await.unwrap();
    change.delete_connection("okta").await.unwrap();
    change.commit().await.unwrap();
    assert!(store.connection("okta").await.unwrap().is_none());
}

pub(super) async fn connections_are_kept_beside_one_another(database: Database) {
    let store = database.open().await;
    put(&store, &connection()).await;
    let acme = ConnectionConfig {
        id: "second".to_owned(),
        name: "acme".to_owned(),
        client_secret: "hunter3".into(),
        standing: Standing {
            organization: "acme-inc".to_owned(),
            enabled: false,
            listed: true,
            place: 7,
        },
        ..connection()
    };
    put(&store, &acme).await;
    let all = store.connections().await.unwrap();
    assert!(all[0].is_same_as(&acme) && all[1].is_same_as(&connection()));
    let mut change = store.change().await.unwrap();
    let same = change.connections_of_client("0oa1").await.unwrap();
    assert_eq!(same.len(), 2);
    drop(change);

    // As the version before writes it, which knows nothing of organizations.
    execute(&store, "UPDATE okta_connection SET organization = ''").await;
    let acme = store.connection("acme").await.unwrap().unwrap();
    assert_eq!(acme.standing.organization, "acme");
    // The secret of one can't be put into the other's place.
    execute(
        &store,
        "UPDATE okta_connection SET client_secret = (SELECT client_secret FROM okta_connection WHERE name = 'okta')",
    )
    .await;
    assert!(store.connection("acme").await.is_err());
}

pub(super) async fn each_connection_has_a_role_table(database: Database) {
    let store = database.open().await;
    for (name, other) in [("okta", "acme"), ("acme", "beta")] {
        let none = store.role_table(name).await.unwrap();
        assert_eq!(none, RoleTable::default());
        for role in ["editor", "author"] {
            let table = RoleTable::new(vec![RoleRule::new("Engineering", role)]);
            let mut change = store.change().await.unwrap();
            change.put_role_table(name, &table).await.unwrap();
            change.commit().await.unwrap();
            assert_eq!(store.role_table(name).await.unwrap(), table);
            assert_eq!(store.role_tables().await.unwrap()[name], table);
        }
        let others = store.role_table(other).await.unwrap();
        assert_eq!(others, RoleTable::default());
    }
    let mut change = store.change().await.unwrap();
    change.delete_role_table("acme").await.unwrap();
    change.commit().await.unwrap();
    let tables = store.role_tables().await.unwrap();
    assert_eq!(tables.keys().collect::<Vec<_>>(), ["okta"]);
}

pub(super) async fn groups_that_were_seen_are_choices_by_name(database: Database) {
    let store = database.open().await;
    for groups in [&["b", "a", "b"][..], &["c", "a"], &[]] {
        let groups: Vec<String> = groups.iter().map(|name| (*name).to_owned()).collect();
        let mut change = store.change().await.unwrap();
        change.remember_groups("okta", &groups).await.unwrap();
        change.commit().await.unwrap();
    }
    let seen = store
        .seen_groups("okta", &RoleTable::default())
        .await
        .unwrap();
    let names: Vec<&str> = seen.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    // Another connection's are its own.
    let table = RoleTable::default();
    let others = store.seen_groups("acme", &table).await.unwrap();
    assert!(others.is_empty());
    let a = ["a".to_owned()];
    assert!(!store.has_noted_groups("acme", &a).await.unwrap());
    let mut change = store.change().await.unwrap();
    change.remember_groups("acme", &a).await.unwrap();
    change.delete_groups_of("okta").await.unwrap();
    change.commit().await.unwrap();
    assert!(store.has_noted_groups("acme", &a).await.unwrap());
    let seen = store.seen_groups("okta", &table).await.unwrap();
    assert!(seen.is_empty());
}

/// Among them one that PostgreSQL cannot store.
pub(super) async fn groups_are_noted_once_an_hour(database: Database) {
    let store = database.open().await;
    let groups = ["a", "b", "a", "nul\0"].map(str::to_owned);
    let are_noted = async || store.has_noted_groups("okta", &groups).await.unwrap();
    assert!(store.has_noted_groups("okta", &[]).await.unwrap());
    assert!(!are_noted().await);
    let mut change = store.change().await.unwrap();
    change.remember_groups("okta", &groups).await.unwrap();
    change.commit().await.unwrap();
    assert!(are_noted().await);
    let hour_ago = "UPDATE okta_connection_group SET last_seen = last_seen - 3600 WHERE name = 'b'";
    execute(&store, hour_ago).await;
    assert!(!are_noted().await);
}

pub(super) async fn a_named_admin_is_there_once(database: Database) {
    let store = database.open().await;
    let mut identity = Identity::new("https://dev-1.okta.com", "00u1");
    for name in ["Ada", "Ada\0 Lovelace"] {
        identity.name = Some(name.to_owned());
        let mut change = store.change().await.unwrap();
        change.put_admin(&identity).await.unwrap();
        change.commit().await.unwrap();
    }
    let admins = store.admins("okta").await.unwrap();
    assert_eq!((admins.len(), &*admins[0].name), (1, "Ada Lovelace"));
    let is_admin = async |connection: &str, issuer: &str| {
        let is_admin = store.is_admin(connection, issuer, "00u1").await;
        is_admin.unwrap()
    };
    assert!(
        !is_admin("okta", "https://dev-2.okta.com").await,
        "another issuer's"
    );

    let mut change = store.change().await.unwrap();
    let deleted = change.delete_admin("okta", &identity.issuer, &identity.subject);
    deleted.await.unwrap();
    change.commit().await.unwrap();
    assert!(!is_admin("okta", &identity.issuer).await);
}

pub(super) async fn an_admin_is_one_of_the_connection_they_came_through(database: Database) {
    let store = database.open().await;
    let issuer = "https://dev-1.okta.com";
    let connections = ["okta", "acme", "beta"];
    let of_which = async || {
        let mut of_which = Vec::new();
        for connection in connections {
            let named = store.admins(connection).await.unwrap().len();
            let is_admin = store.is_admin(connection, issuer, "00u1").await.unwrap();
            assert_eq!(named, usize::from(is_admin));
            of_which.extend(is_admin.then_some(connection));
        }
        of_which
    };
    let mut identity = Identity::new(issuer, "00u1");
    for connection in ["acme", "beta"] {
        identity.connection = connection.to_owned();
        let mut change = store.change().await.unwrap();
        change.put_admin(&identity).await.unwrap();
        change.put_admin(&identity).await.unwrap();
        change.commit().await.unwrap();
    }
    assert_eq!(of_which().await, ["acme", "beta"]);
    let mut change = store.change().await.unwrap();
    change.delete_admin("acme", issuer, "00u1").await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(of_which().await, ["beta"]);
    let mut change = store.change().await.unwrap();
    change.delete_admins_of("beta").await.unwrap();
    change.commit().await.unwrap();
    assert!(of_which().await.is_empty());
}

pub(super) async fn one_setup_is_open_until_it_ends_or_is_closed_once(database: Database) {
    let store = database.open().await;
    let open = async |id: &str, ends_at: Option<Timestamp>| {
        let setup = OpenSetup {
            id: id.to_owned(),
            code_hash: String::new(),
        };
        let mut change = store.change().await.unwrap();
        change.put_setup(&setup, ends_at).await.unwrap();
        change.commit().await.unwrap();
        store.open_setup().await.unwrap().map(|open| open.id)
    };
    assert_eq!(open("a", None).await.unwrap(), "a");
    assert_eq!(open("b", Some(now().plus_seconds(60))).await.unwrap(), "b");
    assert_eq!(open("c", Some(now())).await, None);
    open("d", None).await;
    let mut change = store.change().await.unwrap();
    assert!(!change.close_setup("a").await.unwrap());
    assert!(change.close_setup("d").await.unwrap());
    assert!(!change.close_setup("d").await.unwrap());
    assert!(change.open_setup().await.unwrap().is_none());
}

pub(super) async fn another_key_opens_nothing(database: Database) {
    let store = database.open().await;
    put(&store, &connection()).await;
    let sealed = store.seal("attempt", "verifier").unwrap();
    let refused = database.open_with([2; 32]).await.err();
    assert!(matches!(refused, Some(OpenStoreError::Encryption(_))));
    let stranger = Database::sqlite().await;
    let stranger = stranger.open_with([2; 32]).await.unwrap();
    assert!(stranger.unseal("attempt", &sealed).is_none());
    assert!(store.unseal("another purpose", &sealed).is_none());
    assert!(store.unseal("attempt", &sealed).is_some());
    assert_ne!(store.tag(b"id"), stranger.tag(b"id"));
}

pub(super) async fn what_is_encrypted_is_bound_to_its_row(database: Database) {
    let store = database.open().await;
    put(&store, &connection()).await;
    let mut change = store.change().await.unwrap();
    let [one, other] = [1, 2].map(|id| SessionKey::of(&Id(id)));
    for (key, content) in [(&one, "one"), (&other, "other")] {
        let session = StoredSession {
            content: content.to_owned(),
            expires_at: now().plus_seconds(60),
            last_seen: now(),
        };
        change.insert_session(key, &session, None).await.unwrap();
    }
    change.commit().await.unwrap();
    execute(
        &store,
        "UPDATE okta_session SET content = (SELECT MIN(content) FROM okta_session)",
    )
    .await;
    let [one, other] = [store.session(&one).await, store.session(&other).await];
    assert!(one.is_ok() != other.is_ok(), "one is in its own row");

    execute(
        &store,
        "UPDATE okta_connection SET client_secret = api_token",
    )
    .await;
    let unreadable = store.connection("okta").await.err();
    assert!(matches!(
        unreadable,
        Some(StoreError::Encryption(EncryptionError::Decrypt))
    ));
}

pub(super) async fn setup_codes_are_tried_so_often_on_all_servers_together(database: Database) {
    let [one, other] = [database.open().await, database.open().await];
    let (address, another) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
    let allows = async |store: &Store, address| {
        let allowed = store.allows_setup_attempt(address, 2).await;
        allowed.unwrap()
    };
    assert!(allows(&one, address).await && allows(&other, address).await);
    for server in [&one, &other] {
        assert!(!allows(server, address).await);
        assert!(allows(server, another).await);
    }
    // The address is not in the database, and leaves it.
    let seen = "SELECT COUNT(*) AS n FROM okta_setup_attempt WHERE address_hash LIKE '%192%'";
    let seen = sqlx::query(seen).fetch_one(&one.pool).await.unwrap();
    assert_eq!(seen.get::<i64, _>("n"), 0);
    one.sweep().await.unwrap();
    assert!(!allows(&one, address).await, "it is still counted");
    execute(&one, "UPDATE okta_setup_attempt SET free_at = 1").await;
    one.sweep().await.unwrap();
    let left = sqlx::query("SELECT COUNT(*) AS n FROM okta_setup_attempt");
    let left = left.fetch_one(&one.pool).await.unwrap();
    assert_eq!(left.get::<i64, _>("n"), 0);
    assert!(allows(&one, address).await);
}
