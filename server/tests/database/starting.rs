//! Many servers on one database.

use std::collections::HashSet;

use futures::future::join_all;
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::{harness::postgres, support::start};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

#[tokio::test]
async fn ten_servers_started_at_once_make_one_schema_and_one_setup_code() {
    let folder = tempfile::tempdir().unwrap();
    let url = postgres::database().await;
    let variables = [
        ("OKTA_DATABASE_URL", url.as_str()),
        ("OKTA_ENCRYPTION_KEY", KEY),
    ];
    let servers = join_all((0..10).map(|_| start(folder.path(), &variables))).await;
    let codes = servers
        .iter()
        .filter(|server| !server.setup_code.is_empty());
    assert_eq!(codes.count(), 1);

    let mut database = PgConnection::connect(&url).await.unwrap();
    let applied = "SELECT version, success FROM _sqlx_migrations";
    let applied = database.fetch_all(applied).await.unwrap();
    let versions: HashSet<i64> = applied.iter().map(|row| row.get("version")).collect();
    assert_eq!(versions.len(), applied.len());
    assert!(applied.iter().all(|row| row.get("success")));
    let settings = "SELECT COUNT(*) FROM okta_setting WHERE name = 'key_check'";
    let settings: i64 = database.fetch_one(settings).await.unwrap().get(0);
    assert_eq!(settings, 1);
}
