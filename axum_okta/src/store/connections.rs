//! The connections, their secrets encrypted.

use okta_types::{ConnectionOptions, SignInPolicy, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError};

/// What is configured of a connection: a row of `okta_connection`, its secrets readable.
#[derive(Clone)]
pub(crate) struct ConnectionConfig {
    /// New with every new issuer or client: sessions of an earlier one no longer count.
    pub(crate) id: String,
    /// Never changes: the redirect URI ends with it.
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) connected_at: Timestamp,
    pub(crate) api_token: Option<SecretString>,
    pub(crate) options: ConnectionOptions,
    pub(crate) standing: Standing,
    /// Who may sign in through it.
    pub(crate) sign_in_policy: SignInPolicy,
}

/// What a connection is in this app, whatever its Okta app is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whose connection it is. An organization may have several.
    pub(crate) organization: String,
    /// Whether anybody can be signed in through it.
    pub(crate) enabled: bool,
    /// Whether whoever signs in may choose it from a list.
    pub(crate) listed: bool,
    /// Where it is in a list; those at the same place are in the order of their names.
    pub(crate) place: i64,
}

impl Standing {
    /// A new connection's: an organization of its own.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            organization: name.to_owned(),
            enabled: true,
            listed: false,
            place: 0,
        }
    }
}

impl ConnectionConfig {
    /// Whether nothing of it differs, secrets included.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.id == other.id
            && self.name == other.name
            && self.issuer == other.issuer
            && self.client_id == other.client_id
            && self.connected_at == other.connected_at
            && self.options == other.options
            && self.standing == other.standing
            && self.sign_in_policy == other.sign_in_policy
            && self.client_secret.expose_secret() == other.client_secret.expose_secret()
            && self.exposed_api_token() == other.exposed_api_token()
    }

    pub(crate) fn exposed_api_token(&self) -> Option<&str> {
        Some(self.api_token.as_ref()?.expose_secret())
    }
}

/// All columns of the rows that the rest of the statement names.
macro_rules! select {
    ($rest:literal) => {
        sqlx::query(concat!(
            "SELECT id, name, issuer, client_id, client_secret, connected_at, api_token, options, \
             organization, enabled, listed, place, sign_in_policy FROM okta_connection ",
            $rest
        ))
    };
}

impl Store {
    pub(crate) async fn connections(&self) -> Result<Vec<ConnectionConfig>, StoreError> {
        let rows = select!("ORDER BY name").fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.connection_of(row)).collect()
    }

    #[cfg(feature = "postgres")]
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
        let query = select!("WHERE name = $1").bind(name);
        let row = query.fetch_optional(executor).await?;
        row.map(|row| self.connection_of(&row)).transpose()
    }

    fn connection_of(&self, row: &AnyRow) -> Result<ConnectionConfig, StoreError> {
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
        let policy: String = row.try_get("sign_in_policy")?;
        let mut standing = Standing::new(&name);
        let organization: String = row.try_get("organization")?;
        if !organization.is_empty() {
            standing.organization = organization;
        }
        standing.enabled = row.try_get::<i64, _>("enabled")? != 0;
        standing.listed = row.try_get::<i64, _>("listed")? != 0;
        standing.place = row.try_get("place")?;
        Ok(ConnectionConfig {
            id: row.try_get("id")?,
            issuer: row.try_get("issuer")?,
            client_id: row.try_get("client_id")?,
            client_secret,
            connected_at: Timestamp(row.try_get("connected_at")?),
            api_token,
            options,
            standing,
            sign_in_policy: sign_in_policy(&policy)?,
            name,
        })
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

    /// The names and issuers of the other connections with this client ID.
    pub(crate) async fn connections_of_client(
        &mut self,
        client_id: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let select = sqlx::query("SELECT name, issuer FROM okta_connection WHERE client_id = $1");
        let rows = select.bind(client_id).fetch_all(&mut *self.transaction);
        let rows = rows.await?;
        rows.iter()
            .map(|row| Ok((row.try_get("name")?, row.try_get("issuer")?)))
            .collect()
    }

    /// Replaces the connection of this name.
    pub(crate) async fn put_connection(
        &mut self,
        connection: &ConnectionConfig,
    ) -> Result<(), StoreError> {
        let name = &connection.name;
        let client_secret = self.store.encrypt(
            &client_secret_place(name),
            connection.client_secret.expose_secret(),
        )?;
        let api_token = match &connection.api_token {
            Some(token) => self
                .store
                .encrypt(&api_token_place(name), token.expose_secret())?,
            None => String::new(),
        };
        let standing = &connection.standing;
        sqlx::query(
            "INSERT INTO okta_connection \
             (name, id, issuer, client_id, client_secret, connected_at, api_token, options, \
             organization, enabled, listed, place, sign_in_policy) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (name) DO UPDATE SET id = excluded.id, issuer = excluded.issuer, \
             client_id = excluded.client_id, client_secret = excluded.client_secret, \
             connected_at = excluded.connected_at, api_token = excluded.api_token, \
             options = excluded.options, organization = excluded.organization, \
             enabled = excluded.enabled, listed = excluded.listed, place = excluded.place, \
             sign_in_policy = excluded.sign_in_policy",
        )
        .bind(name)
        .bind(&connection.id)
        .bind(&connection.issuer)
        .bind(&connection.client_id)
        .bind(client_secret)
        .bind(connection.connected_at.0)
        .bind(api_token)
        .bind(serde_json::json!(connection.options).to_string())
        .bind(&standing.organization)
        .bind(i64::from(standing.enabled))
        .bind(i64::from(standing.listed))
        .bind(standing.place)
        .bind(stored_policy(&connection.sign_in_policy))
        .execute(&mut *self.transaction)
        .await?;
        self.news.connection_changed(name);
        Ok(())
    }

    pub(crate) async fn delete_connection(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection WHERE name = $1")
            .bind(name)
            .execute(&mut *self.transaction)
            .await?;
        self.news.connection_changed(name);
        Ok(())
    }
}

/// As it is stored. What a newer version adds is no reason not to read the rest.
#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredPolicy {
    groups: Vec<String>,
    email_domains: Vec<String>,
}

fn sign_in_policy(stored: &str) -> Result<SignInPolicy, StoreError> {
    if stored.is_empty() {
        return Ok(SignInPolicy::default());
    }
    let stored: StoredPolicy =
        serde_json::from_str(stored).map_err(|error| StoreError::Unreadable {
            what: "connection's sign-in policy",
            source: error.into(),
        })?;
    let policy = SignInPolicy::default().groups(stored.groups);
    Ok(policy.email_domains(stored.email_domains))
}

fn stored_policy(policy: &SignInPolicy) -> String {
    match *policy == SignInPolicy::default() {
        true => String::new(),
        false => serde_json::json!(policy).to_string(),
    }
}

fn api_token_place(name: &str) -> String {
    format!("okta_connection/{name}/api_token")
}

fn client_secret_place(name: &str) -> String {
    format!("okta_connection/{name}/client_secret")
}
