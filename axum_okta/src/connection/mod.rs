//! One configured Okta app: what an admin may enter, how it is checked, and the connection in use.

mod change;
mod changed;
pub(crate) mod check;
pub(crate) mod client_keys;
mod connections;
mod domain;
mod es256;
pub(crate) mod issuer;
pub(crate) mod oidc;
pub(crate) mod parse;
mod registry;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
pub(crate) use change::{ReplaceError, delete_rows, end_access_of_former_org};
pub use changed::{ConnectionChangeKind, ConnectionChanged};
pub(crate) use connections::Connections;
pub(crate) use domain::domain_of;
use okta_types::RoleTable;
pub use okta_types::{
    ConnectionChange, ConnectionOptions, ConnectionPage, ConnectionQuery, ConnectionSummary,
    DomainSummary, SignInPolicy,
};
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use issuer::IssuerError;
pub(crate) use issuer::same_org;
pub use okta_types::{
    Check, CheckName, CheckReport, ClientAuthentication, ConnectionForm, GroupsFrom, MissingGroups,
    Outcome, RedirectUris,
};

use self::{
    issuer::differ_by_slash_only,
    oidc::{Provider, RelyingParty},
};
use crate::{
    okta_api::{OktaApi, OktaApiError},
    session::Lifetimes,
    store::{ConnectionConfig, Standing},
};

/// The name of the first connection. The admins of the whole app sign in through it, and the
/// operator's is called so.
pub(crate) const CONNECTION: &str = "okta";

/// A connection with its provider, as it is now. Any change of it makes another one, so what was
/// made of it counts as long as it is [current](Connections::is_current).
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) config: Arc<ConnectionConfig>,
    /// Set by the operator rather than in the browser.
    pub(crate) managed: bool,
    pub(crate) relying_party: Arc<RelyingParty>,
    /// The org of a custom authorization server, which signs for itself.
    org: Option<Arc<Provider>>,
    /// Gives roles to people who sign in through it.
    pub(crate) roles: Arc<RoleTable>,
    /// Whether provisioning was ever turned on. Otherwise Okta has pushed nobody.
    pub(crate) is_provisioned: bool,
}

impl Connection {
    /// The same provider, configured like this.
    fn with(&self, config: ConnectionConfig) -> Self {
        let config = Arc::new(config);
        let party = &self.relying_party;
        Self {
            relying_party: Arc::new(RelyingParty {
                config: config.clone(),
                redirect_uri: party.redirect_uri.clone(),
                provider: party.provider.clone(),
                keys: party.keys.clone(),
            }),
            config,
            ..self.clone()
        }
    }

    /// Whether a third party means this connection's issuer (OpenID Connect Core §4).
    pub(crate) fn has_issuer(&self, issuer: &str) -> bool {
        differ_by_slash_only(issuer, self.issuer())
    }

    pub(crate) fn organization(&self) -> &str {
        &self.config.standing.organization
    }

    /// The issuer as its discovery document names it, or as it was entered until that is known.
    pub(crate) fn issuer(&self) -> &str {
        self.relying_party.provider.issuer()
    }

    /// Whose keys verify what this issuer signs, if it is one that may end sessions here: the
    /// connection's, or its org.
    pub(crate) fn signer(&self, issuer: &str) -> Option<&Provider> {
        let is_named = |provider: &&Provider| differ_by_slash_only(provider.issuer(), issuer);
        let providers = [Some(&*self.relying_party.provider), self.org.as_deref()];
        providers.into_iter().flatten().find(is_named)
    }

    /// How long its sessions last.
    pub(crate) fn lifetimes(&self) -> Lifetimes {
        Lifetimes::new(&self.config.options, self.config.api_token.is_some())
    }

    /// Whether the provider offers to bind tokens to this app (DPoP), if its discovery document is
    /// known.
    pub(crate) fn offers_dpop(&self) -> Option<bool> {
        let metadata = self.relying_party.provider.known_metadata()?;
        Some(metadata.additional_metadata().offers_dpop())
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
        let standing = &config.standing;
        summary.organization.clone_from(&standing.organization);
        summary.enabled = standing.enabled;
        summary.listed = standing.listed;
        summary.place = standing.place;
        summary.sign_in_policy.clone_from(&config.sign_in_policy);
        summary
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
    if before.client_secret.expose_secret() != after.client_secret.expose_secret() {
        changes.push("client secret replaced".to_owned());
    }
    match (before.exposed_api_token(), after.exposed_api_token()) {
        (None, Some(_)) => changes.push("API token added".to_owned()),
        (Some(_), None) => changes.push("API token removed".to_owned()),
        (before, after) if before != after => changes.push("API token replaced".to_owned()),
        _ => {}
    }
    changes.extend(changed_options(&before.options, &after.options));
    changes.extend(changed_standing(&before.standing, &after.standing));
    if before.sign_in_policy != after.sign_in_policy {
        changes.push(format!("may sign in: {}", after.sign_in_policy));
    }
    if changes.is_empty() {
        return "nothing changed".to_owned();
    }
    changes.join(", ")
}

fn changed_standing(before: &Standing, after: &Standing) -> Vec<String> {
    let Standing {
        organization,
        enabled,
        listed,
        place,
    } = after;
    let mut changes = Vec::new();
    if *organization != before.organization {
        let before = &before.organization;
        changes.push(format!("organization {before} → {organization}"));
    }
    if *enabled != before.enabled {
        changes.push(format!("enabled {enabled}"));
    }
    if *listed != before.listed {
        changes.push(format!("listed {listed}"));
    }
    if *place != before.place {
        changes.push(format!("place {place}"));
    }
    changes
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
pub(crate) mod tests;
