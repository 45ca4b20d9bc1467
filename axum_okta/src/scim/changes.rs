//! Creating, replacing, patching, and deleting people and groups. Each is one change of the database,
//! based on what is stored, however many servers are pushed to at once.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::{
    ScimError, answer,
    attributes::{self, Attributes, kept, name_attribute},
    members::{Changed, MembersChange},
    patch::{self, Op},
    query::Selection,
    resources::{answer_empty, matches_tag, tag, unknown, with_tag},
    routes::Call,
};
use crate::store::{By, Change, Kind, Membership, Resource, StoreError, now};

/// More members than an answer shows that wasn't asked for.
const LARGE: usize = 1000;

/// Of a name or an external ID, so that an index has room for it.
const MAX_NAME: usize = 500;

impl Call<'_> {
    pub(super) async fn create(
        &mut self,
        kind: Kind,
        body: Value,
        query: &str,
    ) -> Result<Response, ScimError> {
        let selection = Selection::parse(query)?;
        let (mut content, members) = sent(kind, body)?;
        if kind == Kind::User && !content.contains_key("active") {
            content.insert("active".to_owned(), true.into());
        }
        let mut resource = Resource::new();
        fill(kind, &mut resource, content)?;
        let name = self.connection().to_owned();
        let mut change = self.services.store.concurrent_change().await?;
        if !change.insert_scim_resource(&name, kind, &resource).await? {
            drop(change);
            return Err(self.taken(kind, &resource).await?);
        }
        let changed = match members {
            Some(members) => members.apply(&mut change, &name, &resource.id).await?,
            None => Changed::default(),
        };
        self.committed(kind, change, None, Some(&resource), changed)
            .await?;
        let location = self.location(kind, &resource.id);
        let mut response = self
            .answered(kind, StatusCode::CREATED, resource, &selection)
            .await?;
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    /// PUT. What is not named is gone, except for what people can't be without: Okta leaves out the
    /// external ID, which says whose sign-in it is.
    pub(super) async fn replace(
        &mut self,
        kind: Kind,
        id: &str,
        body: Value,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, ScimError> {
        let selection = Selection::parse(query)?;
        let (mut content, members) = sent(kind, body)?;
        let edit = |there: &mut Attributes| {
            for lasting in ["externalId", "active"] {
                if attributes::get(&content, lasting).is_none()
                    && let Some(value) = attributes::remove(there, lasting)
                {
                    content.insert(lasting.to_owned(), value);
                }
            }
            *there = content;
            Ok(())
        };
        let members = members.unwrap_or_default();
        let resource = self.update(kind, id, headers, edit, members).await?;
        self.answered(kind, StatusCode::OK, resource, &selection)
            .await
    }

    /// PATCH. The answer to a change of a large group is empty (RFC 7644 §3.5.2), so that a push in
    /// steps doesn't read all of it with each.
    pub(super) async fn patch(
        &mut self,
        kind: Kind,
        id: &str,
        body: Value,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, ScimError> {
        let selection = Selection::parse(query)?;
        let mut operations = patch::parse(kind, body)?;
        let mut members = MembersChange::default();
        if kind == Kind::Group {
            let (of_members, others) = operations
                .into_iter()
                .partition(|operation| operation.is_about(kind, "members"));
            operations = others;
            for operation in of_members {
                members.then(operation)?;
            }
        }
        let edit = |there: &mut Attributes| {
            for operation in operations {
                let is_name = operation.is_about(kind, name_attribute(kind));
                if is_name && operation.op == Op::Remove {
                    let name = name_attribute(kind).to_owned();
                    return Err(ScimError::Mutability(format!("{name} is required")));
                }
                operation.apply(kind, there)?;
            }
            Ok(())
        };
        let resource = self.update(kind, id, headers, edit, members).await?;
        if kind == Kind::Group && self.is_large(&resource.id).await? {
            let tag = tag(kind, &resource, &[]);
            return Ok(with_tag(answer_empty(StatusCode::NO_CONTENT), &tag));
        }
        self.answered(kind, StatusCode::OK, resource, &selection)
            .await
    }

    async fn is_large(&self, group: &str) -> Result<bool, StoreError> {
        let store = &self.services.store;
        store
            .has_more_scim_members(self.connection(), group, LARGE)
            .await
    }

    pub(super) async fn delete(
        &mut self,
        kind: Kind,
        id: &str,
        headers: &HeaderMap,
    ) -> Result<Response, ScimError> {
        let precondition = self.precondition(kind, id, headers).await?;
        let name = self.connection().to_owned();
        let mut change = self.services.store.concurrent_change().await?;
        let Some(before) = change.scim_resource(&name, kind, id).await? else {
            return Err(unknown(kind, id));
        };
        precondition.check(kind, &before)?;
        let mut changed = Changed::default();
        match kind {
            Kind::Group => {
                changed.people = change.scim_member_ids(&name, id).await?;
                let everybody = MembersChange::replace_by(Value::Null)?;
                everybody.apply(&mut change, &name, id).await?;
            }
            Kind::User => change.leave_scim_groups(&name, id).await?,
        }
        change.delete_scim_resource(&name, kind, id).await?;
        self.committed(kind, change, Some(&before), None, changed)
            .await?;
        Ok(answer_empty(StatusCode::NO_CONTENT))
    }

    async fn update(
        &mut self,
        kind: Kind,
        id: &str,
        headers: &HeaderMap,
        edit: impl FnOnce(&mut Attributes) -> Result<(), ScimError>,
        members: MembersChange,
    ) -> Result<Resource, ScimError> {
        let precondition = self.precondition(kind, id, headers).await?;
        let name = self.connection().to_owned();
        let mut change = self.services.store.concurrent_change().await?;
        let Some(before) = change.scim_resource(&name, kind, id).await? else {
            return Err(unknown(kind, id));
        };
        precondition.check(kind, &before)?;
        let mut after = before.clone();
        edit(&mut after.content)?;
        let content = kept(kind, std::mem::take(&mut after.content))?;
        fill(kind, &mut after, content)?;
        if after.content == before.content && members.is_none() {
            return Ok(before);
        }
        after.version += 1;
        after.changed_at = now();
        let mut changed = members.apply(&mut change, &name, id).await?;
        if kind == Kind::Group && after.name != before.name {
            let everybody = change.scim_member_ids(&name, id).await?;
            changed.people.extend(everybody);
        }
        if !change.update_scim_resource(&name, kind, &after).await? {
            drop(change);
            return Err(self.taken(kind, &after).await?);
        }
        self.committed(kind, change, Some(&before), Some(&after), changed)
            .await?;
        Ok(after)
    }

    async fn precondition<'h>(
        &self,
        kind: Kind,
        id: &str,
        headers: &'h HeaderMap,
    ) -> Result<Precondition<'h>, StoreError> {
        let groups = match kind {
            Kind::User if headers.contains_key(header::IF_MATCH) => {
                let (store, ids) = (&self.services.store, [id.to_owned()]);
                let mut groups = store.scim_groups_of(self.connection(), &ids).await?;
                groups.remove(id).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        Ok(Precondition { headers, groups })
    }

    async fn answered(
        &self,
        kind: Kind,
        status: StatusCode,
        resource: Resource,
        selection: &Selection,
    ) -> Result<Response, ScimError> {
        let id = resource.id.clone();
        let rendered = self.rendered(kind, vec![resource], selection).await?;
        let Some((resource, tag)) = rendered.into_iter().next() else {
            return Err(unknown(kind, &id));
        };
        Ok(with_tag(answer(status, &resource.into()), &tag))
    }

    /// Which other resource has what has to be unique.
    async fn taken(&self, kind: Kind, resource: &Resource) -> Result<ScimError, StoreError> {
        let store = &self.services.store;
        let by_name = By::Name(&resource.name);
        let others = [
            (name_attribute(kind), by_name),
            ("externalId", By::ExternalId(&resource.external_id)),
        ];
        for (attribute, by) in others {
            let other = store.scim_resource(self.connection(), kind, by).await?;
            if let Some(other) = other.filter(|other| other.id != resource.id) {
                let id = other.id;
                return Ok(ScimError::Taken {
                    kind,
                    attribute,
                    id,
                });
            }
        }
        let (attribute, id) = (name_attribute(kind), "another server's".to_owned());
        Ok(ScimError::Taken {
            kind,
            attribute,
            id,
        })
    }

    /// Commits a change, and does what follows from it.
    async fn committed(
        &mut self,
        kind: Kind,
        mut change: Change<'_>,
        before: Option<&Resource>,
        after: Option<&Resource>,
        changed: Changed,
    ) -> Result<(), StoreError> {
        if !changed.unknown.is_empty() {
            let unknown: Vec<_> = changed.unknown.iter().take(10).cloned().collect();
            let (count, first) = (changed.unknown.len(), unknown.join(", "));
            self.notes
                .push(format!("left out {count} unknown members: {first}"));
        }
        let name = self.connection().to_owned();
        let mut subjects = change.subjects_of(&name, &changed.people).await?;
        let effects = match kind {
            Kind::User => self.of_person(&mut change, before, after).await?,
            Kind::Group => None,
        };
        let of_person = [before, after]
            .into_iter()
            .flatten()
            .filter(|_| kind == Kind::User);
        let of_person = of_person.map(|person| person.external_id.clone());
        subjects.extend(of_person.filter(|subject| !subject.is_empty()));
        change.people_changed(&name, &subjects);
        change.commit().await?;
        self.services.sessions.people_changed(&name, &subjects);
        if let Some(gone) = effects {
            self.sign_out(gone).await;
        }
        Ok(())
    }
}

/// `If-Match`: a client that has seen another version changes nothing (RFC 7644 §3.14).
struct Precondition<'h> {
    headers: &'h HeaderMap,
    /// A person's groups, which their version covers.
    groups: Vec<Membership>,
}

impl Precondition<'_> {
    fn check(&self, kind: Kind, before: &Resource) -> Result<(), ScimError> {
        let tag = tag(kind, before, &self.groups);
        let is_met = !self.headers.contains_key(header::IF_MATCH)
            || matches_tag(self.headers, &header::IF_MATCH, &tag);
        is_met.then_some(()).ok_or(ScimError::Changed(tag))
    }
}

/// What a body has: attributes, and the members of a group if it names them.
fn sent(kind: Kind, body: Value) -> Result<(Attributes, Option<MembersChange>), ScimError> {
    let Value::Object(mut sent) = body else {
        return Err(ScimError::InvalidSyntax(
            "the body must be an object".to_owned(),
        ));
    };
    check_schemas(kind, &sent)?;
    let members = match kind {
        Kind::Group => attributes::remove(&mut sent, "members"),
        Kind::User => None,
    };
    let members = members.map(MembersChange::replace_by).transpose()?;
    Ok((kept(kind, sent)?, members))
}

/// The schemas of a resource name its own, if there are any.
fn check_schemas(kind: Kind, sent: &Attributes) -> Result<(), ScimError> {
    let own = attributes::schema(kind);
    let wrong = || ScimError::InvalidSyntax(format!("schemas must contain {own}"));
    match attributes::get(sent, "schemas") {
        Some(Value::Array(schemas)) => {
            let mut named = schemas.iter().filter_map(Value::as_str);
            match named.any(|schema| schema.eq_ignore_ascii_case(own)) {
                true => Ok(()),
                false => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

/// Puts the content into a resource, and with it what it is found by.
fn fill(kind: Kind, resource: &mut Resource, content: Attributes) -> Result<(), ScimError> {
    let text = |name: &str| {
        let text = attributes::get(&content, name).and_then(Value::as_str);
        let text = text.unwrap_or_default();
        // PostgreSQL takes no NUL in a text.
        match text.len() > MAX_NAME || text.contains('\0') {
            true => Err(ScimError::InvalidValue(format!(
                "{name} is longer than {MAX_NAME} bytes or has characters that can't be stored"
            ))),
            false => Ok(text.to_owned()),
        }
    };
    resource.name = text(name_attribute(kind))?;
    if resource.name.trim().is_empty() {
        let name = name_attribute(kind);
        return Err(ScimError::InvalidValue(format!("{name} is required")));
    }
    resource.external_id = text("externalId")?;
    if let Some(Value::Bool(active)) = content.get("active") {
        resource.active = *active;
    }
    resource.content = content;
    Ok(())
}
