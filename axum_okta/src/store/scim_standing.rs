//! What Okta has pushed about somebody who signs in.

use serde_json::{Map, Value};
use sqlx::Row;

use super::{Store, StoreError, scim_resources::content};

/// Whether somebody may be signed in, as far as provisioning says.
#[derive(Debug)]
pub(crate) enum ProvisionedStanding {
    Unknown,
    Deleted,
    Deactivated,
    Active {
        id: String,
        content: Map<String, Value>,
    },
}

impl Store {
    /// Of the person with this subject at the connection's issuer, which is their external ID.
    pub(crate) async fn provisioned(
        &self,
        connection: &str,
        subject: &str,
    ) -> Result<ProvisionedStanding, StoreError> {
        if subject.contains('\0') {
            return Ok(ProvisionedStanding::Unknown);
        }
        let row = sqlx::query(
            "SELECT 1 AS known, id, active, content FROM okta_scim_resource \
             WHERE connection = $1 AND kind = 'User' AND external_id = $2 \
             UNION ALL SELECT 0 AS known, '' AS id, 0 AS active, '' AS content FROM okta_scim_former \
             WHERE connection = $1 AND subject = $2 ORDER BY known DESC LIMIT 1",
        )
        .bind(connection)
        .bind(subject)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(ProvisionedStanding::Unknown);
        };
        let number = |name: &str| row.try_get::<i64, _>(name);
        Ok(match (number("known")?, number("active")?) {
            (0, _) => ProvisionedStanding::Deleted,
            (_, 0) => ProvisionedStanding::Deactivated,
            _ => ProvisionedStanding::Active {
                id: row.try_get("id")?,
                content: content(&row)?,
            },
        })
    }
}
