//! The log of requests.

use http::StatusCode;
use serde_json::Value;
use sqlx::{AnyConnection, Connection};

use super::{Database, PROVISIONING, with_both};
use crate::servers::eventually;

with_both! {
    the_newest_requests_are_kept
}

/// By whoever logs another one, and not only once an hour.
async fn the_newest_requests_are_kept(database: Database) {
    let (okta, url) = database.pushing(|builder| builder).await;
    let mut database = AnyConnection::connect(&url).await.unwrap();
    let insert = sqlx::query(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 11500) \
         INSERT INTO okta_scim_request (connection, id, at, refused, entry) \
         SELECT 'okta', '00' || n, 32503680000, 0, '{}' FROM numbers",
    );
    insert.execute(&mut database).await.unwrap();
    // Each deletes a part of what is too much.
    for _ in 0..2 {
        assert_eq!(okta.get("/Users").await.status, StatusCode::OK);
    }
    eventually("the log is short", async || {
        let state: Value = okta.admin.json(PROVISIONING).await;
        state["requests"] == 10_000
    })
    .await;
}
