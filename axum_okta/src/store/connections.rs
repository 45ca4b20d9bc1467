//! The connections, their secrets encrypted.

use okta_types::{ConnectionOptions, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Row;

use super::{Change, Store, StoreError};

/// What is configured of a connection: a row of `okta_connection`, its secrets readable.
#[derive(Clone)]
pub(crate) struct ConnectionConfig {
    /// New with every new issuer or client: sessions of an earlier one no longer count.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) connected_at: Timestamp,
    pub(crate) api_token: Option<SecretString>,
    pub(crate) options: ConnectionOptions,
}

impl ConnectionConfig {
    /// Whether nothing of it differs, secrets included.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let secrets = |config: &Self| {
            let secrets = [Some(&config.client_secret), config.api_token.as_ref()];
            secrets.map(|secret| secret.map(|secret| secret.expose_secret().to_owned()))
        };
        self.id == other.id
            && self.name == other.name
            && self.issuer == other.issuer
            && self.client_id == other.client_id
            && self.connected_at == other.connected_at
            && self.options == other.options
            && secrets(self) == secrets(other)
    }
}

impl Store {
    pub(crate) async fn connection(
        &self,
        name: &str,
    ) -> Result<Option<ConnectionConfig>, StoreError> {
        self.found_connection(&self.pool, name).await
    }

    async fn found_connection(
        &self,
        executor: impl sqlx::AnyExecutor<'_>,
        name: &str,
    ) -> Result<Option<ConnectionConfig>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, issuer, client_id, client_secret, connected_at, api_token, options \
             FROM okta_connection WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(executor)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let name: String = row.try_get("name")?;
        let client_secret = self.decrypt(
            &client_secret_place(&name),
            &row.try_get::<String, _>("client_secret")?,
        )?;
        let api_token: String = row.try_get("api_token")?;
        let api_token = (!api_token.is_empty())
            .then(|| self.decrypt(&api_token_place(&name), &api_token))
            .transpose()?;
        let options: String = row.try_get("options")?;
        let options = serde_json::from_str(&options).map_err(|error| StoreError::Unreadable {
            what: "connection's options",
            source: error.into(),
        })?;
        Ok(Some(ConnectionConfig {
            id: row.try_get("id")?,
            issuer: row.try_get("issuer")?,
            client_id: row.try_get("client_id")?,
            client_secret,
            connected_at: Timestamp(row.try_get("connected_at")?),
            api_token,
            options,
            name,
        }))
    }
}

impl Change<'_> {
    /// What is stored now, and by nobody else before this change ends.
    pub(crate) async fn connection(
        &mut self,
        name: &str,
    ) -> Result<Option<ConnectionConfig>, StoreError> {
        self.store
            .found_connection(&mut *self.transaction, name)
            .await
    }

    /// Replaces the connection of this name.
    pub(crate) async fn put_connection(
        &mut self,
        connection: &ConnectionConfig,
    ) -> Result<(), StoreError> {
        let client_secret = self.store.encrypt(
            &client_secret_place(&connection.name),
            connection.client_secret.expose_secret(),
        )?;
        let api_token = match &connection.api_token {
            Some(token) => self
                .store
                .encrypt(&api_token_place(&connection.name), token.expose_secret())?,
            None => String::new(),
        };
        sqlx::query(
            "INSERT INTO okta_connection \
             (name, id, issuer, client_id, client_secret, connected_at, api_token, options) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (name) DO UPDATE SET id = excluded.id, issuer = excluded.issuer, \
             client_id = excluded.client_id, client_secret = excluded.client_secret, \
             connected_at = excluded.connected_at, api_token = excluded.api_token, options = excluded.options",
        )
        .bind(&connection.name)
        .bind(&connection.id)
        .bind(&connection.issuer)
        .bind(&connection.client_id)
        .bind(client_secret)
        .bind(connection.connected_at.0)
        .bind(api_token)
        .bind(serde_json::json!(connection.options).to_string())
        .execute(&mut *self.transaction)
        .await?;
        self.news.settings_changed();
        Ok(())
    }

    pub(crate) async fn delete_connection(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection WHERE name = $1")
            .bind(name)
            .execute(&mut *self.transaction)
            .await?;
        self.news.settings_changed();
        Ok(())
    }
}

fn api_token_place(name: &str) -> String {
    format!("okta_connection/{name}/api_token")
}

fn client_secret_place(name: &str) -> String {
    format!("okta_connection/{name}/client_secret")
}
