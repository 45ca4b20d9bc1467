//! One configured Okta app: what an admin may type, how it is checked, and the connection in use.

pub(crate) mod check;
pub(crate) mod form;
pub(crate) mod issuer;

use okta_types::{ConnectionOptions, ConnectionSummary, MissingGroups, Timestamp};
use openidconnect::RedirectUrl;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    error::OktaApiError,
    oidc::{Provider, RelyingParty, http::HttpClient},
    okta_api::OktaApi,
    roles::Roles,
    store::StoredConnection,
};

/// The name of the one connection there is today.
pub(crate) const CONNECTION: &str = "okta";

/// A connection in use.
pub(crate) struct Connection {
    /// New with every new issuer or client: sessions of an earlier one no longer count.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) connected_at: Timestamp,
    pub(crate) api_token: Option<SecretString>,
    /// Given by the environment rather than in the browser.
    pub(crate) managed: bool,
    pub(crate) relying_party: RelyingParty,
}

impl Connection {
    pub(crate) fn new(
        stored: StoredConnection,
        managed: bool,
        redirect_uri: RedirectUrl,
        http: HttpClient,
    ) -> Self {
        Self {
            id: stored.id,
            name: stored.name,
            connected_at: stored.connected_at,
            api_token: stored.api_token,
            managed,
            relying_party: RelyingParty {
                client_id: stored.client_id,
                client_secret: stored.client_secret,
                options: stored.options,
                redirect_uri,
                provider: Provider::new(stored.issuer.clone(), http),
            },
            issuer: stored.issuer,
        }
    }

    pub(crate) fn stored(&self) -> StoredConnection {
        StoredConnection {
            id: self.id.clone(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.relying_party.client_id.clone(),
            client_secret: self.relying_party.client_secret.clone(),
            connected_at: self.connected_at,
            api_token: self.api_token.clone(),
            options: self.options().clone(),
        }
    }

    pub(crate) fn options(&self) -> &ConnectionOptions {
        &self.relying_party.options
    }

    /// Okta's API at this connection's domain.
    pub(crate) fn okta_api(&self) -> Result<OktaApi, OktaApiError> {
        let token = self.api_token.clone().ok_or(OktaApiError::NoToken)?;
        OktaApi::new(
            &self.issuer,
            token,
            self.relying_party.provider.http().clone(),
        )
    }

    /// Whether a sign-in whose groups cannot be had is refused.
    pub(crate) fn refuses_without_groups(&self, roles: &Roles) -> bool {
        match self.options().missing_groups {
            MissingGroups::Refuse => true,
            MissingGroups::RefuseIfNeeded => roles.depend_on_groups(),
            MissingGroups::Continue => false,
        }
    }

    /// What is another than in the connection before, for the audit trail.
    pub(crate) fn changes_from(&self, before: Option<&Self>) -> String {
        let (issuer, client_id) = (&self.issuer, &self.relying_party.client_id);
        let Some(before) = before else {
            return format!("issuer {issuer}, client ID {client_id}");
        };
        let mut changes = Vec::new();
        if *issuer != before.issuer {
            changes.push(format!("issuer {} → {issuer}", before.issuer));
        }
        if *client_id != before.relying_party.client_id {
            let before = &before.relying_party.client_id;
            changes.push(format!("client ID {before} → {client_id}"));
        }
        let secret = |connection: &Self| {
            let secret = &connection.relying_party.client_secret;
            secret.expose_secret().to_owned()
        };
        if secret(self) != secret(before) {
            changes.push("client secret replaced".to_owned());
        }
        let token = |connection: &Self| {
            let token = connection.api_token.as_ref();
            token.map(|token| token.expose_secret().to_owned())
        };
        match (token(before), token(self)) {
            (None, Some(_)) => changes.push("API token given".to_owned()),
            (Some(_), None) => changes.push("API token forgotten".to_owned()),
            (before, after) if before != after => changes.push("API token replaced".to_owned()),
            _ => {}
        }
        changes.extend(changed_options(before.options(), self.options()));
        if changes.is_empty() {
            return "nothing changed".to_owned();
        }
        changes.join(", ")
    }

    pub(crate) fn summary(&self) -> ConnectionSummary {
        ConnectionSummary {
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.relying_party.client_id.clone(),
            connected_at: self.connected_at,
            has_api_token: self.api_token.is_some(),
            managed: self.managed,
            options: self.options().clone(),
        }
    }
}

/// The options that differ, each by its name in JSON.
fn changed_options(before: &ConnectionOptions, after: &ConnectionOptions) -> Vec<String> {
    let (before, after) = (json!(before), json!(after));
    let options = after.as_object().into_iter().flatten();
    options
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| format!("{name} {value}"))
        .collect()
}
