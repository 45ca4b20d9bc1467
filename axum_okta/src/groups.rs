//! The groups of somebody who signed in, from wherever the connection says.

use okta_types::GroupsFrom;
use serde_json::Value;

use crate::{
    connection::Connection,
    error::{GroupsError, OktaApiError},
    oidc::SignedInAtIssuer,
};

/// Groups, and where they were found.
pub(crate) struct Groups {
    pub(crate) names: Vec<String>,
    pub(crate) source: &'static str,
}

/// `None` when this app has no use for groups.
pub(crate) async fn groups(
    connection: &Connection,
    signed_in: &SignedInAtIssuer,
) -> Result<Option<Groups>, GroupsError> {
    match connection.options().groups_from {
        GroupsFrom::Nowhere => Ok(None),
        GroupsFrom::Claim => in_claim(&connection.options().groups_claim, signed_in).map(Some),
        GroupsFrom::Api => {
            let names = in_api(connection, signed_in.claims.subject()).await?;
            Ok(Some(Groups {
                names,
                source: "Okta's API",
            }))
        }
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
            return Err(GroupsError::NotSent {
                claim: claim.to_owned(),
            });
        }
    };
    let names = names(value).ok_or_else(|| GroupsError::NotGroups {
        claim: claim.to_owned(),
        place: source,
    })?;
    Ok(Groups { names, source })
}

/// Okta sends a list; a filter that matches one group may make it a string. No group has no name.
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
