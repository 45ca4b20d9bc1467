//! People who are found by an email address.

use serde_json::json;
use sqlx::{AnyConnection, Connection};

use super::{Database, ada, with_both};

with_both! {
    an_email_that_the_version_before_has_stored_is_found
}

/// It knows of no index.
async fn an_email_that_the_version_before_has_stored_is_found(database: Database) {
    let (okta, url) = database.pushing(|builder| builder).await;
    okta.create("/Users", ada()).await;
    let mut database = AnyConnection::connect(&url).await.unwrap();
    let update = sqlx::query(
        "UPDATE okta_scim_resource SET version = version + 1, \
         content = REPLACE(content, 'ada@example.com', 'ada@example.org')",
    );
    update.execute(&mut database).await.unwrap();
    for (email, count) in [("ada@example.org", 1), ("ada@example.com", 0)] {
        let filter = format!("emails.value eq \"{email}\"");
        let found = okta.find("Users", &filter).await;
        assert_eq!(found.body["totalResults"], json!(count), "{email}");
    }
}
