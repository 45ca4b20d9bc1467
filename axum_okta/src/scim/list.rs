//! Lists: a page of the resources that match, in an order.

use std::{cmp::Ordering, collections::HashMap};

use axum::response::Response;
use http::StatusCode;
use scim_v2::{filter::AttrPath, schema_urns};
use serde_json::{Value, json};

use super::{
    ScimError, answer,
    attributes::{self, Attributes, is_primary},
    filter, indexed,
    query::Query,
    resources::memberships_attribute,
    routes::Call,
    token::too_many,
};
use crate::store::{By, Kind, Resource, StoreError, name_key};

/// Resources that are read at a time to be filtered or sorted.
const BATCH: usize = 1000;

/// Members of all groups that are read at a time, or are on a page, unless one group has more.
const MAX_MEMBERS: usize = 50_000;

/// Of a text that a list is sorted by.
const MAX_SORT_KEY: usize = 256;

/// How many there are, and those of the page.
type Found = (usize, Vec<Resource>);

impl Call<'_> {
    pub(super) async fn list(&self, kind: Kind, query: &str) -> Result<Response, ScimError> {
        let query = Query::parse(query)?;
        let by = query.filter.as_ref();
        let by = by.and_then(|filter| indexed::by(kind, filter));
        let (total, page) = match (by, &query.filter, &query.sort_by) {
            (Some(by), ..) => self.looked_up(kind, by, &query).await?,
            (None, None, None) => self.page(kind, &query).await?,
            _ => self.searched(kind, &query).await?,
        };
        // A page may be shorter than is asked for (RFC 7644 §3.4.2.4).
        let page = match query.selection.has(kind, memberships_attribute(kind)) {
            true => self.with_few_members(kind, page).await?,
            false => page,
        };
        let resources = self.rendered(kind, page, &query.selection).await?;
        let resources: Vec<_> = resources.into_iter().map(|(one, _)| one).collect();
        Ok(list_response(total, query.start_index, resources))
    }

    async fn page(&self, kind: Kind, query: &Query) -> Result<Found, ScimError> {
        let (store, name) = (&self.services.store, self.connection());
        let total = store.count_scim_resources(name, kind).await?;
        let page = store.scim_resources_from(name, kind, query.start_index - 1, query.count);
        Ok((total, page.await?))
    }

    /// By an index of the database: at most one has this name, ID, or external ID.
    async fn looked_up(&self, kind: Kind, by: By<'_>, query: &Query) -> Result<Found, ScimError> {
        let store = &self.services.store;
        let found = store.scim_resource(self.connection(), kind, by).await?;
        let total = usize::from(found.is_some());
        let page = found
            .into_iter()
            .skip(query.start_index - 1)
            .take(query.count);
        Ok((total, page.collect()))
    }

    /// By looking at all of them, or at all whom an index has by their email address, a part at a time. Each
    /// part counts like a request.
    async fn searched(&self, kind: Kind, query: &Query) -> Result<Found, ScimError> {
        let (store, name) = (&self.services.store, self.connection());
        let attribute = memberships_attribute(kind);
        let filter = query.filter.as_ref();
        let is_filtered_by = |name| filter.is_some_and(|filter| filter::mentions(filter, name));
        let is_sorted_by = |name| {
            let path = query.sort_by.as_ref();
            path.is_some_and(|path| path.name.eq_ignore_ascii_case(name))
        };
        let asks_memberships = is_filtered_by(attribute);
        // What this app adds to what was sent is only put together for whoever asks for it.
        let mut added = ["id", "meta", attribute].into_iter();
        let asks_added = added.any(|name| is_filtered_by(name) || is_sorted_by(name));
        let email = filter.filter(|_| kind == Kind::User);
        let email = email.and_then(indexed::email);
        if email.is_some() {
            store.index_scim_emails().await?;
        }
        let mut page = Vec::new();
        let mut sorted: Vec<(Option<Value>, String)> = Vec::new();
        let mut total = 0;
        let mut after = String::new();
        loop {
            if !self
                .services
                .scim
                .requests
                .allows(&self.connection.config.name)
            {
                return Err(too_many());
            }
            let mut batch = match email {
                Some(email) => {
                    let people = store.scim_people_with_email(name, email, &after, BATCH);
                    people.await?
                }
                None => store.scim_resources(name, kind, &after, BATCH).await?,
            };
            let read = batch.len();
            if asks_memberships {
                batch = self.with_few_members(kind, batch).await?;
            }
            let is_last = batch.len() == read && read < BATCH;
            if let Some(last) = batch.last() {
                after.clone_from(&last.id);
            }
            let memberships = match asks_memberships {
                true => self.memberships(kind, &batch).await?,
                false => HashMap::new(),
            };
            for resource in batch {
                let whole = asks_added.then(|| {
                    let of_it = memberships.get(&resource.id);
                    self.whole(kind, &resource, of_it.map_or(&[], Vec::as_slice))
                });
                let attributes = whole.as_ref().unwrap_or(&resource.content);
                if let Some(filter) = filter
                    && !filter::matches(kind, filter, attributes)?
                {
                    continue;
                }
                total += 1;
                let is_before = total < query.start_index;
                let is_after = total >= query.start_index.saturating_add(query.count);
                match &query.sort_by {
                    Some(path) => sorted.push((sort_key(kind, attributes, path), resource.id)),
                    None if is_before || is_after => {}
                    None => page.push(resource),
                }
            }
            if is_last {
                break;
            }
        }
        if query.sort_by.is_some() {
            sorted.sort_by(|(one, _), (other, _)| {
                let order = in_order(one.as_ref(), other.as_ref());
                if query.descending {
                    order.reverse()
                } else {
                    order
                }
            });
            let ids = sorted.into_iter().map(|(_, id)| id);
            let ids: Vec<_> = ids.skip(query.start_index - 1).take(query.count).collect();
            let place = |one: &Resource| ids.iter().position(|id| *id == one.id);
            page = store.scim_resources_of(name, kind, &ids).await?;
            page.sort_by_key(place);
        }
        Ok((total, page))
    }

    /// As many of the first of these as have no more members than fit into memory, and at least one.
    async fn with_few_members(
        &self,
        kind: Kind,
        mut resources: Vec<Resource>,
    ) -> Result<Vec<Resource>, StoreError> {
        if kind == Kind::User {
            return Ok(resources);
        }
        let ids: Vec<_> = resources.iter().map(|group| group.id.clone()).collect();
        let store = &self.services.store;
        let members = store.count_scim_members(self.connection(), &ids).await?;
        let mut sum = 0;
        let few = ids.iter().take_while(|id| {
            sum += members.get(*id).copied().unwrap_or(0);
            sum <= MAX_MEMBERS
        });
        let few = few.count().max(1);
        resources.truncate(few);
        Ok(resources)
    }
}

pub(super) fn list_response(
    total: usize,
    start_index: usize,
    resources: Vec<Attributes>,
) -> Response {
    let body = json!({
        "schemas": [schema_urns::LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    answer(StatusCode::OK, &body)
}

fn sort_key(kind: Kind, resource: &Attributes, path: &AttrPath) -> Option<Value> {
    let values = filter::values(kind, resource, path);
    let value = values.iter().find(|value| is_primary(value));
    let value = value.or(values.first())?;
    let value = match value {
        Value::Object(object) => attributes::get(object, "value")?,
        value => value,
    };
    match value {
        Value::String(text) => {
            let beginning: String = text.chars().take(MAX_SORT_KEY).collect();
            Some(name_key(&beginning).into())
        }
        Value::Number(_) | Value::Bool(_) => Some(value.clone()),
        _ => None,
    }
}

/// What has no value comes last (RFC 7644 §3.4.2.3). Values of different types are in the order of
/// their types: with no total order, sorting may panic.
fn in_order(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (Some(Value::String(one)), Some(Value::String(other))) => one.cmp(other),
        (Some(Value::Bool(one)), Some(Value::Bool(other))) => one.cmp(other),
        (Some(Value::Number(one)), Some(Value::Number(other))) => {
            let [one, other] = [one, other].map(|number| number.as_f64().unwrap_or_default());
            one.total_cmp(&other)
        }
        (one, other) => place_of_type(one).cmp(&place_of_type(other)),
    }
}

fn place_of_type(value: Option<&Value>) -> u8 {
    match value {
        Some(Value::Bool(_)) => 0,
        Some(Value::Number(_)) => 1,
        Some(_) => 2,
        None => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_different_types_have_one_order() {
        let values = [
            json!(false),
            json!(true),
            json!(-1),
            json!(2.5),
            json!("a"),
            json!("b"),
        ];
        let mut all: Vec<Option<&Value>> = values.iter().map(Some).collect();
        all.push(None);
        for (at, one) in all.iter().enumerate() {
            for (place, other) in all.iter().enumerate() {
                assert_eq!(in_order(*one, *other), at.cmp(&place), "{one:?} {other:?}");
            }
        }
    }
}
