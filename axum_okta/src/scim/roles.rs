//! The roles of this app, for Okta to assign (Okta's schemas of roles and entitlements,
//! <https://developer.okta.com/docs/guides/scim-with-entitlements/>), and those that it has assigned
//! to a person.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    ScimError, answer,
    attributes::{self, Attributes},
    filter,
    list::list_response,
    query::{MAX_COUNT, Query},
    routes::Call,
    shortened,
};
use crate::store::{Kind, Resource};

/// Of roles that aren't this app's, as many as a note names.
const NAMED: usize = 10;
const MAX_NAMED: usize = 64;

/// In which of Okta's ways the roles are listed. Both list the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Roles,
    Entitlements,
}

impl Listed {
    pub(super) const ALL: [Self; 2] = [Self::Roles, Self::Entitlements];

    /// What it is called among the types of resources.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Roles => "Role",
            Self::Entitlements => "Entitlement",
        }
    }

    pub(super) fn endpoint(self) -> &'static str {
        match self {
            Self::Roles => "Roles",
            Self::Entitlements => "Entitlements",
        }
    }

    pub(super) fn schema(self) -> &'static str {
        match self {
            Self::Roles => "urn:okta:scim:schemas:core:1.0:Role",
            Self::Entitlements => "urn:okta:scim:schemas:core:1.0:Entitlement",
        }
    }

    /// RFC 7643 §7. What is listed is changed on the settings page.
    pub(super) fn description(self) -> Attributes {
        let attribute = |name: &str, what: &str| {
            json!({
                "name": name, "type": "string", "multiValued": false, "description": what,
                "required": false, "caseExact": true, "mutability": "readOnly",
                "returned": "default", "uniqueness": "none",
            })
        };
        let mut attributes = vec![attribute("displayName", "The name of the role in this app")];
        if self == Self::Entitlements {
            attributes.push(attribute("type", "What is assigned: a role"));
        }
        let description = json!({
            "schemas": [scim_v2::schema_urns::SCHEMA],
            "id": self.schema(),
            "name": self.name(),
            "description": "A role of this app",
            "attributes": attributes,
        });
        description.as_object().cloned().unwrap_or_default()
    }
}

/// The roles that Okta has assigned to a person, whether or not they are this app's.
pub(crate) fn assigned(person: &Map<String, Value>) -> Vec<String> {
    let lists = ["roles", "entitlements"].map(|name| attributes::get(person, name));
    let values = lists.into_iter().flatten().filter_map(Value::as_array);
    let values = values.flatten().filter_map(Value::as_object);
    let roles = values.filter_map(|value| attributes::get(value, "value")?.as_str());
    roles.map(str::to_owned).collect()
}

impl Call<'_> {
    /// The roles that Okta may assign, if the connection takes them.
    fn assignable(&self) -> Option<Vec<String>> {
        let connection = &self.connection;
        let takes_them = connection.config.options.provisioned_roles;
        takes_them.then(|| self.services.roles.assignable(&connection.roles))
    }

    pub(super) fn offers_roles(&self) -> bool {
        self.connection.config.options.provisioned_roles
    }

    pub(super) fn list_roles(&self, listed: Listed, query: &str) -> Result<Response, ScimError> {
        let query = Query::parse(query)?;
        let roles = self.assignable().ok_or(ScimError::NoRoles)?;
        let mut found = Vec::new();
        for role in roles {
            let role = self.shown_role(listed, &role);
            let is_found = match &query.filter {
                Some(filter) => filter::matches(Kind::Group, filter, &role)?,
                None => true,
            };
            if is_found {
                found.push(role);
            }
        }
        let total = found.len();
        let page = found.into_iter().skip(query.start_index - 1);
        let page = page.take(query.count.min(MAX_COUNT));
        let page = page.map(|role| query.selection.of(Kind::Group, role));
        Ok(list_response(total, query.start_index, page.collect()))
    }

    pub(super) fn read_role(&self, listed: Listed, id: &str) -> Result<Response, ScimError> {
        let roles = self.assignable().ok_or(ScimError::NoRoles)?;
        let role = roles.iter().find(|role| *role == id);
        let role = role.ok_or(ScimError::NoRoute)?;
        let role = self.shown_role(listed, role);
        Ok(answer(StatusCode::OK, &role.into()))
    }

    fn shown_role(&self, listed: Listed, role: &str) -> Attributes {
        let id: String = url::form_urlencoded::byte_serialize(role.as_bytes()).collect();
        let id = id.replace('+', "%20");
        let mut shown = json!({
            "schemas": [listed.schema()],
            "id": role,
            "displayName": role,
            "meta": {
                "resourceType": listed.name(),
                "location": format!("{}/{}/{id}", self.base, listed.endpoint()),
            },
        });
        if listed == Listed::Entitlements {
            shown["type"] = "Role".into();
        }
        shown.as_object().cloned().unwrap_or_default()
    }

    /// Notes which roles of a person that was pushed don't count.
    pub(super) fn note_roles(&mut self, person: &Resource) {
        let assigned = assigned(&person.content);
        if assigned.is_empty() {
            return;
        }
        let Some(assignable) = self.assignable() else {
            let why = "roles were sent, and don't count: this connection takes none from Okta";
            self.notes.push(why.to_owned());
            return;
        };
        let unknown = assigned.iter().filter(|role| !assignable.contains(role));
        let unknown: Vec<_> = unknown.map(|role| shortened(role, MAX_NAMED)).collect();
        if !unknown.is_empty() {
            let count = unknown.len();
            let named = unknown[..count.min(NAMED)].join(", ");
            self.notes.push(format!(
                "left out roles that aren't this app's ({count}): {named}"
            ));
        }
    }
}
