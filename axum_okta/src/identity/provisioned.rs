//! What Okta has pushed about somebody who signs in or is signed in: whether they may be, their groups,
//! and attributes. It is read with the session, so that it counts at once.

use okta_types::{GroupsFrom, Identity};
use serde_json::{Map, Value};

use super::admission::NotAdmitted;
use crate::{
    scim,
    store::{ConnectionConfig, ProvisionedStanding as Standing, Store, StoreError},
};

/// Puts what was pushed into an identity. Returns whether there is anything of it, or why the person
/// may not be signed in.
pub(crate) async fn complete(
    store: &Store,
    identity: &mut Identity,
    connection: &ConnectionConfig,
) -> Result<Result<bool, NotAdmitted>, StoreError> {
    let ConnectionConfig { name, options, .. } = connection;
    let has_groups = options.groups_from == GroupsFrom::Provisioning;
    let (id, content) = match store.provisioned(name, &identity.subject).await? {
        Standing::Deleted => return Ok(Err(NotAdmitted::Deleted)),
        Standing::Deactivated => return Ok(Err(NotAdmitted::Deactivated)),
        Standing::Unknown if options.provisioned_only => {
            return Ok(Err(NotAdmitted::NotProvisioned));
        }
        Standing::Unknown => {
            if has_groups {
                identity.groups = Some(Vec::new());
            }
            return Ok(Ok(has_groups));
        }
        Standing::Active { id, content } => (id, content),
    };
    if has_groups {
        let groups = store
            .scim_groups_of(name, std::slice::from_ref(&id))
            .await?;
        let groups = groups.into_values().flatten().map(|group| group.name);
        identity.groups = Some(groups.collect());
    }
    let claims = pushed_claims(&content, &options.claims);
    identity.claims.extend(claims);
    Ok(Ok(true))
}

/// Of the claims that the connection wants, those that are simple attributes.
fn pushed_claims(content: &Map<String, Value>, wanted: &[String]) -> Vec<(String, Value)> {
    let claim = |name: &String| {
        let value = scim::simple_attribute(content, name)?;
        Some((name.clone(), value.clone()))
    };
    wanted.iter().filter_map(claim).collect()
}
