//! One configured Okta app: what an admin may enter, how it is checked, and the connection in use.

pub(crate) mod check;
pub(crate) mod client_keys;
pub(crate) mod issuer;
pub(crate) mod oidc;
pub(crate) mod parse;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
pub use okta_types::{ConnectionOptions, ConnectionSummary};
use openidconnect::RedirectUrl;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use issuer::IssuerError;
pub use okta_types::{
    Check, CheckName, CheckReport, ClientAuthentication, ConnectionForm, GroupsFrom, MissingGroups,
    Outcome, RedirectUris,
};

use self::{
    client_keys::ClientKeys,
    issuer::differ_by_slash_only,
    oidc::{Provider, RelyingParty},
};
use crate::{
    okta_api::{OktaApi, OktaApiError},
    outbound::HttpClient,
    random_token,
    session::Lifetimes,
    store::{ConnectionConfig, Store, StoreError, now},
};

/// The name of the one connection there is today.
pub(crate) const CONNECTION: &str = "okta";

/// A connection with its provider.
pub(crate) struct Connection {
    pub(crate) config: Arc<ConnectionConfig>,
    /// Set by the operator rather than in the browser.
    pub(crate) managed: bool,
    pub(crate) relying_party: RelyingParty,
    /// The org of a custom authorization server, which signs for itself.
    org: Option<Provider>,
}

impl Connection {
    /// The issuer as its discovery document names it, or as it was entered until that is known.
    pub(crate) fn issuer(&self) -> &str {
        self.relying_party.provider.issuer()
    }

    /// Whose keys verify what this issuer signs, if it is one that may end sessions here: the
    /// connection's, or its org.
    pub(crate) fn signer(&self, issuer: &str) -> Option<&Provider> {
        let is_named = |provider: &&Provider| differ_by_slash_only(provider.issuer(), issuer);
        let providers = [Some(&self.relying_party.provider), self.org.as_ref()];
        providers.into_iter().flatten().find(is_named)
    }

    /// How long its sessions last.
    pub(crate) fn lifetimes(&self) -> Lifetimes {
        Lifetimes::new(&self.config.options, self.config.api_token.is_some())
    }

    /// Okta's API at this connection's domain.
    pub(crate) fn okta_api(&self) -> Result<OktaApi, OktaApiError> {
        let token = self.config.api_token.clone();
        OktaApi::new(
            &self.config.issuer,
            token.ok_or(OktaApiError::NoToken)?,
            self.relying_party.provider.http().clone(),
        )
    }

    pub(crate) fn summary(&self) -> ConnectionSummary {
        let config = &self.config;
        let mut summary = ConnectionSummary::new(
            &config.name,
            self.issuer(),
            &config.client_id,
            config.connected_at,
            config.options.clone(),
        );
        summary.has_api_token = config.api_token.is_some();
        summary.managed = self.managed;
        summary
    }
}

/// The connection in use, and those that may replace it.
pub(crate) struct Connections {
    store: Arc<Store>,
    http: HttpClient,
    redirect_uri: RedirectUrl,
    keys: Arc<ClientKeys>,
    in_use: ArcSwapOption<Connection>,
}

impl Connections {
    /// Loads the operator's connection, if there is one, or else the stored one.
    pub(crate) async fn load(
        store: Arc<Store>,
        http: HttpClient,
        redirect_uri: RedirectUrl,
        managed: Option<ConnectionConfig>,
    ) -> Result<Self, StoreError> {
        let connections = Self {
            keys: Arc::new(ClientKeys::new(store.clone())),
            store,
            http,
            redirect_uri,
            in_use: ArcSwapOption::empty(),
        };
        let connection = match managed {
            Some(config) => {
                let provider = connections.provider_like(&config.issuer);
                Some(connections.make(with_lasting_id(config), true, provider))
            }
            None => {
                let stored = connections.store.connection(CONNECTION).await?;
                stored.map(|config| connections.kept(config))
            }
        };
        connections.in_use.store(connection.map(Arc::new));
        Ok(connections)
    }

    pub(crate) fn in_use(&self) -> Option<Arc<Connection>> {
        self.in_use.load_full()
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    pub(crate) fn keys(&self) -> &ClientKeys {
        &self.keys
    }

    /// Returns the connection in use, if it has this id.
    pub(crate) fn with_id(&self, id: &str) -> Option<Arc<Connection>> {
        self.in_use().filter(|in_use| in_use.config.id == id)
    }

    /// The same without cloning the `Arc`, for every request.
    pub(crate) fn is_in_use(&self, id: &str) -> bool {
        let in_use = self.in_use.load();
        in_use.as_ref().is_some_and(|in_use| in_use.config.id == id)
    }

    /// How long sessions last that came through this connection, if it is the one in use.
    pub(crate) fn lifetimes(&self, id: &str) -> Option<Lifetimes> {
        let in_use = self.in_use.load();
        let in_use = in_use.as_ref().filter(|in_use| in_use.config.id == id)?;
        Some(in_use.lifetimes())
    }

    /// Whether the operator sets the connection, so that it can't be changed in the browser.
    pub(crate) fn is_managed(&self) -> bool {
        self.in_use().is_some_and(|in_use| in_use.managed)
    }

    /// A connection that is not in use yet. Nothing is cached for its provider, even if the one in
    /// use has it.
    pub(crate) fn candidate(&self, config: ConnectionConfig) -> Connection {
        let provider = self.provider_like(&config.issuer);
        self.make(config, false, provider)
    }

    /// The same connection, with nothing cached but its provider's name.
    pub(crate) fn afresh(&self, connection: &Connection) -> Connection {
        let config = ConnectionConfig::clone(&connection.config);
        let provider = connection.relying_party.provider.afresh();
        self.make(config, connection.managed, provider)
    }

    /// The candidate, under the issuer name that discovery returned. With a different name it is a
    /// different connection: people are identified by issuer and subject.
    pub(crate) fn as_discovered(&self, candidate: Connection) -> Connection {
        if candidate.issuer() == candidate.config.issuer {
            return candidate;
        }
        let mut config = ConnectionConfig::clone(&candidate.config);
        config.issuer = candidate.issuer().to_owned();
        config.id = random_token();
        config.connected_at = now();
        self.kept(config)
    }

    /// A connection whose issuer's exact name is known.
    fn kept(&self, config: ConnectionConfig) -> Connection {
        let provider = Provider::new(config.issuer.clone(), self.http.clone());
        self.make(config, false, provider)
    }

    fn provider_like(&self, typed: &str) -> Provider {
        Provider::with_or_without_slash(typed.to_owned(), self.http.clone())
    }

    fn make(&self, config: ConnectionConfig, managed: bool, provider: Provider) -> Connection {
        let config = Arc::new(config);
        let org = issuer::org_of(&config.issuer);
        Connection {
            managed,
            org: org.map(|org| Provider::new(org, self.http.clone())),
            relying_party: RelyingParty {
                redirect_uri: self.redirect_uri.clone(),
                provider,
                keys: self.keys.clone(),
                config: config.clone(),
            },
            config,
        }
    }

    /// Stores the connection in place of `before` and uses it from now on. Returns `false` if
    /// another server has stored a different one in the meantime, which is used then.
    pub(crate) async fn replace(
        &self,
        before: Option<&Connection>,
        connection: Connection,
    ) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let stored = change.connection(CONNECTION).await?;
        if !is_same(stored.as_ref(), before) {
            self.use_stored(stored);
            return Ok(false);
        }
        change.put_connection(&connection.config).await?;
        change.commit().await?;
        self.in_use.store(Some(Arc::new(connection)));
        Ok(true)
    }

    /// Deletes the connection in use. Returns `false` if another server has stored a different one
    /// in the meantime, which is used then.
    pub(crate) async fn disconnect(&self, in_use: &Connection) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let stored = change.connection(CONNECTION).await?;
        if !is_same(stored.as_ref(), Some(in_use)) {
            self.use_stored(stored);
            return Ok(false);
        }
        change.delete_connection(CONNECTION).await?;
        change.commit().await?;
        self.in_use.store(None);
        Ok(true)
    }

    /// Uses what another server has stored.
    pub(crate) async fn read_again(&self) -> Result<(), StoreError> {
        if !self.is_managed() {
            let stored = self.store.connection(CONNECTION).await?;
            self.use_stored(stored);
        }
        Ok(())
    }

    fn use_stored(&self, stored: Option<ConnectionConfig>) {
        // The one in use has what its provider said.
        if !is_same(stored.as_ref(), self.in_use().as_deref()) {
            let stored = stored.map(|config| Arc::new(self.kept(config)));
            self.in_use.store(stored);
        }
    }
}

fn is_same(stored: Option<&ConnectionConfig>, in_use: Option<&Connection>) -> bool {
    match (stored, in_use) {
        (None, None) => true,
        (Some(stored), Some(in_use)) => stored.is_same_as(&in_use.config),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// The operator's connection is not stored. Its id is derived from its content, so that sessions
/// survive a restart, even if the operator drops the slash from the issuer.
fn with_lasting_id(mut config: ConnectionConfig) -> ConnectionConfig {
    let issuer = issuer::without_slash(&config.issuer);
    let app = format!("{issuer}\n{}", config.client_id);
    config.id = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(app));
    config
}

/// What changed, for the audit trail.
pub(crate) fn changes(before: Option<&ConnectionConfig>, after: &ConnectionConfig) -> String {
    let ConnectionConfig {
        issuer, client_id, ..
    } = after;
    let Some(before) = before else {
        return format!("issuer {issuer}, client ID {client_id}");
    };
    let mut changes = Vec::new();
    if *issuer != before.issuer {
        changes.push(format!("issuer {} → {issuer}", before.issuer));
    }
    if *client_id != before.client_id {
        changes.push(format!("client ID {} → {client_id}", before.client_id));
    }
    if exposed(&before.client_secret) != exposed(&after.client_secret) {
        changes.push("client secret replaced".to_owned());
    }
    let token = |config: &ConnectionConfig| config.api_token.as_ref().map(exposed);
    match (token(before), token(after)) {
        (None, Some(_)) => changes.push("API token added".to_owned()),
        (Some(_), None) => changes.push("API token removed".to_owned()),
        (before, after) if before != after => changes.push("API token replaced".to_owned()),
        _ => {}
    }
    changes.extend(changed_options(&before.options, &after.options));
    if changes.is_empty() {
        return "nothing changed".to_owned();
    }
    changes.join(", ")
}

fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

/// The options that differ, by their names in JSON.
fn changed_options(before: &ConnectionOptions, after: &ConnectionOptions) -> Vec<String> {
    let (before, after) = (json!(before), json!(after));
    let options = after.as_object().into_iter().flatten();
    options
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| format!("{name} {value}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::outbound::AddressPolicy;

    fn config(client_id: &str) -> ConnectionConfig {
        ConnectionConfig {
            id: random_token(),
            name: CONNECTION.to_owned(),
            issuer: "https://dev-1.okta.com".to_owned(),
            client_id: client_id.to_owned(),
            client_secret: "hunter2".into(),
            connected_at: now(),
            api_token: None,
            options: ConnectionOptions::default(),
        }
    }

    #[tokio::test]
    async fn a_connection_that_another_server_kept_is_not_overwritten_unseen() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("okta.db").display());
        let server = async || {
            let store = Arc::new(Store::open(&url, None).await.unwrap());
            let policy = AddressPolicy {
                loopback: false,
                private: false,
            };
            let http = HttpClient::new(policy, Duration::from_secs(1), &[]).unwrap();
            let redirect_uri = RedirectUrl::new("https://app.example.com/callback".to_owned());
            let loaded = Connections::load(store, http, redirect_uri.unwrap(), None);
            loaded.await.unwrap()
        };
        let [one, other] = [server().await, server().await];
        let client = |servers: &Connections| {
            let in_use = servers.in_use();
            in_use.map(|in_use| in_use.config.client_id.clone())
        };
        let first = one.candidate(config("first"));
        assert!(one.replace(None, first).await.unwrap());
        let second = other.candidate(config("second"));
        assert!(!other.replace(None, second).await.unwrap());
        assert_eq!(
            client(&other).as_deref(),
            Some("first"),
            "in use from now on"
        );

        let in_use = other.in_use().unwrap();
        let second = other.candidate(config("second"));
        assert!(other.replace(Some(&in_use), second).await.unwrap());
        let in_use = one.in_use().unwrap();
        assert!(!one.disconnect(&in_use).await.unwrap());
        assert_eq!(client(&one).as_deref(), Some("second"));
        let in_use = one.in_use().unwrap();
        assert!(one.disconnect(&in_use).await.unwrap());
        other.read_again().await.unwrap();
        assert_eq!(client(&other), None);
    }
}
