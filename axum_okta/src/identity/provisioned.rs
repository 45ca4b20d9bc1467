//! What Okta has pushed about somebody who signs in or is signed in: whether they may be, their groups,
//! roles, and attributes. It is read with the session, so that it counts at once.

use okta_types::{ConnectionOptions, GroupsFrom, Identity};
use serde_json::{Map, Value};

use super::admission::NotAdmitted;
use crate::{
    connection::{Connection, parse::PROTOCOL_CLAIMS},
    scim,
    store::{ConnectionConfig, ProvisionedStanding, Store, StoreError},
};

/// What was pushed, apart from what an identity has of it.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// Whether the identity has anything of it.
    pub(crate) is_any: bool,
    /// The roles that were assigned in Okta, if the connection takes them. Not all may be this app's.
    pub(crate) roles: Vec<String>,
}

/// Puts what was pushed into an identity. Returns the rest, or why the person may not be signed in.
pub(crate) async fn complete(
    store: &Store,
    identity: &mut Identity,
    connection: &Connection,
) -> Result<Result<Pushed, NotAdmitted>, StoreError> {
    let is_provisioned = connection.is_provisioned;
    complete_by(store, identity, &connection.config, is_provisioned).await
}

/// The same for a connection as it may become. Without provisioning nothing was pushed, and nothing
/// is looked up.
pub(crate) async fn complete_by(
    store: &Store,
    identity: &mut Identity,
    connection: &ConnectionConfig,
    is_provisioned: bool,
) -> Result<Result<Pushed, NotAdmitted>, StoreError> {
    let ConnectionConfig { name, options, .. } = connection;
    let has_groups = options.groups_from == GroupsFrom::Provisioning;
    let standing = match is_provisioned {
        true => store.provisioned(name, &identity.subject).await?,
        false => ProvisionedStanding::Unknown,
    };
    let (id, content) = match standing {
        ProvisionedStanding::Deleted => return Ok(Err(NotAdmitted::Deleted)),
        ProvisionedStanding::Deactivated => return Ok(Err(NotAdmitted::Deactivated)),
        ProvisionedStanding::Unknown if options.provisioned_only => {
            return Ok(Err(NotAdmitted::NotProvisioned));
        }
        ProvisionedStanding::Unknown => {
            if has_groups {
                identity.groups = Some(Vec::new());
            }
            return Ok(Ok(Pushed {
                is_any: has_groups,
                ..Pushed::default()
            }));
        }
        ProvisionedStanding::Active { id, content } => (id, content),
    };
    if has_groups {
        let groups = store
            .scim_groups_of(name, std::slice::from_ref(&id))
            .await?;
        let groups = groups.into_values().flatten().map(|group| group.name);
        identity.groups = Some(groups.collect());
    }
    identity.claims.extend(claims(&content, options));
    let roles = match options.provisioned_roles {
        true => scim::assigned_roles(&content),
        false => Vec::new(),
    };
    Ok(Ok(Pushed {
        is_any: true,
        roles,
    }))
}

/// Of the claims that the connection wants, those that are called like a simple attribute, and then
/// those that it names attributes for. How somebody signed in, only the ID token says.
fn claims(content: &Map<String, Value>, options: &ConnectionOptions) -> Vec<(String, Value)> {
    let names = options.claims.iter();
    let names = names.filter(|name| !PROTOCOL_CLAIMS.contains(&name.as_str()));
    let of_same_name = names.filter_map(|name| {
        let value = scim::simple_attribute(content, name)?;
        Some((name.clone(), value.clone()))
    });
    let mapped = options.provisioned_claims.iter().filter_map(|mapped| {
        let value = scim::claim_of(content, &mapped.attribute)?;
        Some((mapped.claim.clone(), value))
    });
    of_same_name.chain(mapped).collect()
}
