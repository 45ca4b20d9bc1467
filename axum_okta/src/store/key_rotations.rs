//! How often the keys of a connection were rotated: a setting each.

use std::collections::HashMap;

use okta_types::Timestamp;
use sqlx::Row;

use super::{Change, Store, StoreError};

/// Before the first rotation, `count` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyRotation {
    pub(crate) count: u64,
    /// When the last one was.
    pub(crate) at: Timestamp,
}

fn name(connection: &str) -> String {
    format!("client_key/{connection}")
}

fn read(stored: Option<String>) -> Result<KeyRotation, StoreError> {
    let Some(stored) = stored else {
        return Ok(KeyRotation::default());
    };
    let unreadable = || StoreError::Unreadable {
        what: "rotation of a client's keys",
        source: "it is not two numbers".into(),
    };
    let (count, at) = stored.split_once(' ').ok_or_else(unreadable)?;
    Ok(KeyRotation {
        count: count.parse().map_err(|_| unreadable())?,
        at: Timestamp(at.parse().map_err(|_| unreadable())?),
    })
}

impl Store {
    /// How often, by the names of connections whose keys were rotated.
    pub(crate) async fn key_rotations(&self) -> Result<HashMap<String, u64>, StoreError> {
        let select = sqlx::query("SELECT name, value FROM okta_setting WHERE name LIKE $1");
        let rows = select.bind(name("%")).fetch_all(&self.pool).await?;
        let mut rotations = HashMap::new();
        for row in &rows {
            let (setting, value): (String, String) = (row.try_get("name")?, row.try_get("value")?);
            if let Some(connection) = setting.strip_prefix(&name("")) {
                rotations.insert(connection.to_owned(), read(Some(value))?.count);
            }
        }
        Ok(rotations)
    }

    pub(crate) async fn key_rotation(&self, connection: &str) -> Result<KeyRotation, StoreError> {
        read(self.setting(&name(connection)).await?)
    }
}

impl Change<'_> {
    pub(crate) async fn key_rotation(
        &mut self,
        connection: &str,
    ) -> Result<KeyRotation, StoreError> {
        read(self.setting(&name(connection)).await?)
    }

    pub(crate) async fn put_key_rotation(
        &mut self,
        connection: &str,
        rotation: KeyRotation,
    ) -> Result<(), StoreError> {
        let KeyRotation { count, at } = rotation;
        let value = format!("{count} {}", at.0);
        self.put_setting(&name(connection), &value).await
    }
}
