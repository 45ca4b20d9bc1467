//! Creating, replacing, patching, and deleting people and groups. Each is one change of the database,
//! based on what is stored, however many servers are pushed to at once.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::{
    ScimError, answer,
    attributes::{self, Attributes, kept, name_attribute},
    commit::{App, NotStored},
    members::{Changed, MembersChange},
    patch::{self, Op},
    query::Selection,
    resources::{answer_empty, unknown},
    routes::Call,
    sent::{fill, sent},
    version::{tag, with_tag},
};
use crate::store::{By, Kind, Resource, StoreError, now};

/// More members than an answer shows that wasn't asked for.
const LARGE: usize = 1000;

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
        let members = members.unwrap_or_default();
        let created = self.create_with(kind, &resource, &members, App::IsAsked);
        match created.await {
            Err(NotStored::LeaveOutApp { error, hook }) => {
                self.left_out_app(hook, &error);
                self.create_with(kind, &resource, &members, App::IsLeftOut)
                    .await?;
            }
            created => created?,
        }
        self.about.clone_from(&resource.id);
        let location = self.location(kind, &resource.id);
        let mut response = self
            .answered(kind, StatusCode::CREATED, resource, &selection)
            .await?;
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    async fn create_with(
        &mut self,
        kind: Kind,
        resource: &Resource,
        members: &MembersChange,
        app: App,
    ) -> Result<(), NotStored> {
        let name = self.connection().to_owned();
        let mut change = self.begin().await?;
        if !change.insert_scim_resource(&name, kind, resource).await? {
            drop(change);
            return Err(self.taken(kind, resource).await?.into());
        }
        let changed = match members.is_none() {
            true => Changed::default(),
            false => {
                let members = members.clone();
                members.apply(&mut change, &name, &resource.id).await?
            }
        };
        self.committed(kind, change, None, Some(resource), changed, app)
            .await
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
        let (content, members) = sent(kind, body)?;
        let edit = |there: &mut Attributes| {
            let mut content = content.clone();
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
                .partition(|operation| operation.is_about_members(kind));
            operations = others;
            for operation in of_members {
                members.then(operation)?;
            }
        }
        let edit = |there: &mut Attributes| {
            for operation in &operations {
                let is_name = operation.is_about(kind, name_attribute(kind));
                if is_name && operation.op == Op::Remove {
                    let name = name_attribute(kind).to_owned();
                    return Err(ScimError::Mutability(format!("{name} is required")));
                }
                operation.clone().apply(kind, there)?;
                attributes::check_parts(there.values())?;
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
        match self.delete_with(kind, id, headers, App::IsAsked).await {
            Err(NotStored::LeaveOutApp { error, hook }) => {
                self.left_out_app(hook, &error);
                self.delete_with(kind, id, headers, App::IsLeftOut).await?;
            }
            deleted => deleted?,
        }
        Ok(answer_empty(StatusCode::NO_CONTENT))
    }

    async fn delete_with(
        &mut self,
        kind: Kind,
        id: &str,
        headers: &HeaderMap,
        app: App,
    ) -> Result<(), NotStored> {
        let name = self.connection().to_owned();
        let mut change = self.begin().await?;
        let Some(before) = change.scim_resource(&name, kind, id).await? else {
            return Err(unknown(kind, id).into());
        };
        self.check_version(&mut change, kind, &before, headers)
            .await?;
        let mut changed = Changed::default();
        match kind {
            Kind::Group => changed.people = change.empty_scim_group(&name, id).await?,
            Kind::User => change.leave_scim_groups(&name, id).await?,
        }
        change.delete_scim_resource(&name, kind, id).await?;
        self.committed(kind, change, Some(&before), None, changed, app)
            .await
    }

    async fn update(
        &mut self,
        kind: Kind,
        id: &str,
        headers: &HeaderMap,
        edit: impl Fn(&mut Attributes) -> Result<(), ScimError>,
        members: MembersChange,
    ) -> Result<Resource, ScimError> {
        let update = Update {
            kind,
            id,
            headers,
            edit,
            members,
        };
        match self.update_with(&update, App::IsAsked).await {
            Err(NotStored::LeaveOutApp { error, hook }) => {
                self.left_out_app(hook, &error);
                Ok(self.update_with(&update, App::IsLeftOut).await?)
            }
            updated => Ok(updated?),
        }
    }

    async fn update_with(
        &mut self,
        update: &Update<'_, impl Fn(&mut Attributes) -> Result<(), ScimError>>,
        app: App,
    ) -> Result<Resource, NotStored> {
        let Update {
            kind,
            id,
            headers,
            edit,
            members,
        } = update;
        let kind = *kind;
        let name = self.connection().to_owned();
        let mut change = self.begin().await?;
        let Some(before) = change.scim_resource(&name, kind, id).await? else {
            return Err(unknown(kind, id).into());
        };
        self.check_version(&mut change, kind, &before, headers)
            .await?;
        let mut after = before.clone();
        edit(&mut after.content)?;
        let content = kept(kind, std::mem::take(&mut after.content))?;
        fill(kind, &mut after, content)?;
        if after.content == before.content && members.is_none() {
            return Ok(before);
        }
        after.version += 1;
        after.changed_at = now();
        let mut changed = members.clone().apply(&mut change, &name, id).await?;
        if kind == Kind::Group && after.name != before.name {
            let everybody = change.scim_member_ids(&name, id).await?;
            changed.people.extend(everybody);
        }
        if !change.update_scim_resource(&name, kind, &after).await? {
            drop(change);
            return Err(self.taken(kind, &after).await?.into());
        }
        self.committed(kind, change, Some(&before), Some(&after), changed, app)
            .await?;
        Ok(after)
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
}

/// A change of what is there.
struct Update<'u, E> {
    kind: Kind,
    id: &'u str,
    headers: &'u HeaderMap,
    edit: E,
    members: MembersChange,
}
