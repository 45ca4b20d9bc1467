//! The groups of the person signing in, from the source that the connection names.

use okta_types::{GroupsFrom, MissingGroups};
use serde_json::Value;

use super::roles::Roles;
use crate::{
    connection::{Connection, oidc::SignedInAtIssuer},
    okta_api::OktaApiError,
    store::ConnectionConfig,
};

/// Why groups couldn't be loaded. Each message says what to do in Okta.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupsError {
    /// The claim is missing.
    #[error(
        "Okta didn't send the claim `{claim}` in the ID token or in userinfo. In Okta, add a groups claim with this \
         name: for the org authorization server, on the app's Sign On tab; for a custom one, under Security → API → \
         Authorization Servers → Claims. Or load groups from Okta's API"
    )]
    NotSent {
        /// The claim's name.
        claim: String,
    },
    /// The claim is not in the ID token, and userinfo could not be loaded.
    #[error(
        "the claim `{claim}` is not in the ID token, and userinfo couldn't be loaded: {reason}"
    )]
    NoUserInfo {
        /// The claim's name.
        claim: String,
        /// Why userinfo could not be loaded.
        reason: String,
    },
    /// The claim is there but isn't a list of groups.
    #[error(
        "the claim `{claim}` in {place} is not a list of group names. In Okta, set the claim's value type to Groups"
    )]
    NotGroups {
        /// The claim's name.
        claim: String,
        /// Where it was found.
        place: &'static str,
    },
    /// Okta's API could not be read.
    #[error(transparent)]
    Api(#[from] OktaApiError),
}

/// Groups, and where they came from.
pub(crate) struct Groups {
    pub(crate) names: Vec<String>,
    pub(crate) source: &'static str,
}

/// Returns `None` if this connection doesn't use groups.
pub(crate) async fn groups(
    connection: &Connection,
    signed_in: &SignedInAtIssuer,
) -> Result<Option<Groups>, GroupsError> {
    match connection.config.options.groups_from {
        // Pushed groups are read with the session.
        GroupsFrom::Nowhere | GroupsFrom::Provisioning => Ok(None),
        GroupsFrom::Api => {
            let names = in_api(connection, signed_in.claims.subject()).await?;
            Ok(Some(Groups {
                names,
                source: "Okta's API",
            }))
        }
        _ => in_claim(&connection.config.options.groups_claim, signed_in).map(Some),
    }
}

/// Whether a sign-in whose groups cannot be loaded is refused.
pub(crate) fn are_required(connection: &Connection, roles: &Roles) -> bool {
    let ConnectionConfig {
        name,
        options,
        sign_in_policy,
        ..
    } = &*connection.config;
    if !sign_in_policy.groups.is_empty() {
        return true;
    }
    match options.missing_groups {
        MissingGroups::RefuseIfNeeded => roles.depend_on_groups(name),
        MissingGroups::Continue => false,
        // Fails closed for policies that may be added later.
        _ => true,
    }
}

fn in_claim(claim: &str, signed_in: &SignedInAtIssuer) -> Result<Groups, GroupsError> {
    let in_id_token = signed_in.in_id_token.get(claim);
    let in_user_info = signed_in
        .in_user_info
        .as_ref()
        .and_then(|claims| claims.get(claim));
    let (value, source) = match (in_id_token, in_user_info) {
        (_, Some(value)) => (value, "userinfo"),
        (Some(value), None) => (value, "the ID token"),
        (None, None) => {
            let claim = claim.to_owned();
            return Err(match signed_in.no_user_info.clone() {
                Some(reason) => GroupsError::NoUserInfo { claim, reason },
                None => GroupsError::NotSent { claim },
            });
        }
    };
    let names = names(value).ok_or_else(|| GroupsError::NotGroups {
        claim: claim.to_owned(),
        place: source,
    })?;
    Ok(Groups { names, source })
}

/// Okta sends a list. A filter that matches one group may turn it into a string. An empty string
/// means no group.
fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(name) if name.is_empty() => Some(Vec::new()),
        Value::String(name) => Some(vec![name.clone()]),
        Value::Array(names) => names
            .iter()
            .map(|name| Some(name.as_str()?.to_owned()))
            .collect(),
        _ => None,
    }
}

async fn in_api(connection: &Connection, subject: &str) -> Result<Vec<String>, OktaApiError> {
    connection.okta_api()?.groups_of(subject).await
}
