//! The versions of resources (RFC 7644 §3.14).

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

use super::{ScimError, routes::Call};
use crate::store::{Change, Kind, Membership, Resource};

impl Call<'_> {
    /// `If-Match`: a client that has seen another version changes nothing. A person's
    /// version covers their groups.
    pub(super) async fn check_version(
        &self,
        change: &mut Change<'_>,
        kind: Kind,
        before: &Resource,
        headers: &HeaderMap,
    ) -> Result<(), ScimError> {
        if !headers.contains_key(header::IF_MATCH) {
            return Ok(());
        }
        let groups = match kind {
            Kind::User => {
                change
                    .scim_groups_of_one(self.connection(), &before.id)
                    .await?
            }
            Kind::Group => Vec::new(),
        };
        let tag = tag(kind, before, &groups);
        match matches_tag(headers, &header::IF_MATCH, &tag) {
            true => Ok(()),
            false => Err(ScimError::Changed(tag)),
        }
    }
}

/// What the header `ETag` says. A group's changes with its members, and a person's also
/// with their groups.
pub(super) fn tag(kind: Kind, resource: &Resource, memberships: &[Membership]) -> String {
    let version = resource.version;
    if kind == Kind::Group || memberships.is_empty() {
        return format!("W/\"{version}\"");
    }
    let mut hash = Sha256::new();
    for Membership { id, name } in memberships {
        hash.update(format!("{id}\n{name}\n"));
    }
    let hash: String = hash.finalize()[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("W/\"{version}.{hash}\"")
}

/// Whether a header names this version, or any.
pub(super) fn matches_tag(headers: &HeaderMap, name: &header::HeaderName, tag: &str) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let values = headers.get_all(name).iter();
    let mut named = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    named.any(|named| named.trim() == "*" || weak(named) == weak(tag))
}

pub(super) fn with_tag(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
