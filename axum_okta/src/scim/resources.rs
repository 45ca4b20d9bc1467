//! A resource as it is answered: what was sent, and what this app adds to it.

use std::collections::HashMap;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    ScimError,
    attributes::Attributes,
    query::Selection,
    routes::Call,
    version::{matches_tag, tag, with_tag},
};
use crate::{
    http::no_store,
    store::{By, Kind, Membership, Resource, StoreError},
};

/// The part of an address that names a kind of resource.
fn endpoint(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "Users",
        Kind::Group => "Groups",
    }
}

/// The memberships of a kind of resource.
pub(super) fn memberships_attribute(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    }
}

impl Call<'_> {
    pub(super) async fn read(
        &self,
        kind: Kind,
        id: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, ScimError> {
        let selection = Selection::parse(query)?;
        let resource = self.found(kind, id).await?;
        let answer = self.rendered(kind, vec![resource], &selection).await?;
        let Some((resource, tag)) = answer.into_iter().next() else {
            return Err(unknown(kind, id));
        };
        if matches_tag(headers, &header::IF_NONE_MATCH, &tag) {
            return Ok(with_tag(answer_empty(StatusCode::NOT_MODIFIED), &tag));
        }
        Ok(with_tag(
            super::answer(StatusCode::OK, &resource.into()),
            &tag,
        ))
    }

    pub(super) async fn found(&self, kind: Kind, id: &str) -> Result<Resource, ScimError> {
        let store = &self.services.store;
        let found = store
            .scim_resource(self.connection(), kind, By::Id(id))
            .await?;
        found.ok_or_else(|| unknown(kind, id))
    }

    /// Each as it is answered, and its version.
    pub(super) async fn rendered(
        &self,
        kind: Kind,
        resources: Vec<Resource>,
        selection: &Selection,
    ) -> Result<Vec<(Attributes, String)>, StoreError> {
        let is_asked = selection.has(kind, memberships_attribute(kind));
        // The version of a person covers their groups.
        let memberships = match is_asked || kind == Kind::User {
            true => self.memberships(kind, &resources).await?,
            false => HashMap::new(),
        };
        let rendered = resources.iter().map(|resource| {
            let of_it = memberships.get(&resource.id);
            let of_it = of_it.map_or(&[][..], Vec::as_slice);
            let whole = self.whole(kind, resource, of_it);
            (selection.of(kind, whole), tag(kind, resource, of_it))
        });
        Ok(rendered.collect())
    }

    pub(super) async fn memberships(
        &self,
        kind: Kind,
        resources: &[Resource],
    ) -> Result<HashMap<String, Vec<Membership>>, StoreError> {
        let ids: Vec<_> = resources
            .iter()
            .map(|resource| resource.id.clone())
            .collect();
        let store = &self.services.store;
        match kind {
            Kind::User => store.scim_groups_of(self.connection(), &ids).await,
            Kind::Group => store.scim_members_of(self.connection(), &ids).await,
        }
    }

    /// With all that this app adds to what was sent.
    pub(super) fn whole(
        &self,
        kind: Kind,
        resource: &Resource,
        memberships: &[Membership],
    ) -> Attributes {
        let mut whole = resource.content.clone();
        whole.insert("id".to_owned(), resource.id.as_str().into());
        let version = tag(kind, resource, memberships);
        let memberships: Vec<_> = memberships
            .iter()
            .map(|Membership { id, name }| match kind {
                Kind::User => {
                    let group = self.location(Kind::Group, id);
                    json!({ "value": id, "display": name, "type": "direct", "$ref": group })
                }
                // Without their names: RFC 7643 has none in its schema of groups.
                Kind::Group => {
                    let person = self.location(Kind::User, id);
                    json!({ "value": id, "type": "User", "$ref": person })
                }
            })
            .collect();
        whole.insert(memberships_attribute(kind).to_owned(), memberships.into());
        let meta = json!({
            "resourceType": kind.as_str(),
            "created": date(resource.created_at.0),
            "lastModified": date(resource.changed_at.0),
            "location": self.location(kind, &resource.id),
            "version": version,
        });
        whole.insert("meta".to_owned(), meta);
        whole
    }

    pub(super) fn location(&self, kind: Kind, id: &str) -> String {
        format!("{}/{}/{id}", self.base, endpoint(kind))
    }
}

pub(super) fn unknown(kind: Kind, id: &str) -> ScimError {
    let id = id.chars().take(100).collect();
    ScimError::Unknown { kind, id }
}

fn date(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let text = moment.and_then(|moment| moment.format(&Rfc3339).ok());
    text.unwrap_or_default()
}

pub(super) fn answer_empty(status: StatusCode) -> Response {
    no_store(status.into_response())
}
