//! A connection as a program writes it: flat, as this app returns it, or in the shape that
//! Cloudflare documents for an identity provider,
//! `{"name": …, "type": "okta", "config": {"client_id": …, "okta_account": …}}`.

use okta_types::{
    ConnectionChange, ConnectionForm, ConnectionOptions, ConnectionRequest, ConnectionSummary,
    RoleTable, SignInPolicy,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    body::{escaped, pointer, sentence},
    problem::{ApiError, FieldError},
};

/// What a program can change without asking Okta.
const CHANGE: [&str; 6] = [
    "display_name",
    "organization",
    "enabled",
    "listed",
    "place",
    "sign_in_policy",
];

/// Where the fields are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Flat,
    /// Below `config`, two of them under names of their own.
    Nested,
}

impl Shape {
    fn of(body: &Map<String, Value>) -> Self {
        match body.contains_key("config") {
            true => Self::Nested,
            false => Self::Flat,
        }
    }

    /// What a field is called here.
    fn name(self, field: &str) -> &str {
        match (self, field) {
            (Self::Nested, "issuer") => "okta_account",
            (Self::Nested, "authorization_server") => "authorization_server_id",
            (_, field) => field,
        }
    }

    /// Where a field is in the body.
    pub(super) fn pointer(self, field: &str) -> String {
        // Of a place within a field, the field is called otherwise.
        let (field, within) = field.split_at(field.find('/').unwrap_or(field.len()));
        match (self, field) {
            (Self::Flat, field) => format!("/{}{within}", escaped(field)),
            (Self::Nested, "display_name") => format!("/name{within}"),
            (Self::Nested, field) => format!("/config/{}{within}", escaped(self.name(field))),
        }
    }
}

/// Takes fields out of a body, and notes what is wrong with them.
struct Fields {
    shape: Shape,
    fields: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    fn of(mut body: Map<String, Value>) -> Self {
        let shape = Shape::of(&body);
        let mut errors = Vec::new();
        if shape == Shape::Flat {
            let fields = body;
            return Self {
                shape,
                fields,
                errors,
            };
        }
        let mut fields = match body.remove("config") {
            Some(Value::Object(config)) => config,
            _ => {
                errors.push(FieldError::new("/config", "This has to be an object."));
                Map::new()
            }
        };
        if let Some(kind) = body.remove("type").filter(|kind| kind != "okta") {
            let detail = format!("There are only connections of the type \"okta\", not {kind}.");
            errors.push(FieldError::new("/type", detail));
        }
        if fields.contains_key("display_name") {
            let detail = "The display name is the field \"name\" outside of \"config\".";
            errors.push(FieldError::new("/config/display_name", detail));
        }
        if let Some(name) = body.remove("name") {
            fields.insert("display_name".to_owned(), name);
        }
        for key in body.keys() {
            errors.push(unknown_field(format!("/{}", escaped(key))));
        }
        Self {
            shape,
            fields,
            errors,
        }
    }

    fn take<T: DeserializeOwned + Default>(&mut self, field: &str) -> Option<T> {
        let value = self.fields.remove(self.shape.name(field))?;
        let base = self.shape.pointer(field);
        Some(self.parse(value, |inner| format!("{base}{inner}")))
    }

    fn required(&mut self, field: &str) -> String {
        self.take(field).unwrap_or_else(|| {
            let pointer = self.shape.pointer(field);
            self.errors
                .push(FieldError::new(pointer, "This is missing."));
            String::new()
        })
    }

    fn parse<T: DeserializeOwned + Default>(
        &mut self,
        value: Value,
        place: impl Fn(&str) -> String,
    ) -> T {
        serde_path_to_error::deserialize(value).unwrap_or_else(|error| {
            let inner = pointer(error.path());
            let detail = sentence(&error.inner().to_string());
            self.errors.push(FieldError::new(place(&inner), detail));
            T::default()
        })
    }

    /// What is left is options. In the flat shape, what none knows is ignored: it is what this app
    /// returns, which has more.
    fn options(&mut self) -> ConnectionOptions {
        let known = json!(ConnectionOptions::default());
        let mut fields = std::mem::take(&mut self.fields);
        fields.retain(|key, _| {
            let is_known = known.get(key).is_some();
            if !is_known && self.shape == Shape::Nested {
                self.errors
                    .push(unknown_field(format!("/config/{}", escaped(key))));
            }
            is_known
        });
        let shape = self.shape;
        self.parse(Value::Object(fields), |inner| {
            shape.pointer(inner.trim_start_matches('/'))
        })
    }

    fn change(&mut self) -> ConnectionChange {
        ConnectionChange::default()
            .organization(self.take::<Option<String>>("organization").flatten())
            .enabled(self.take::<Option<bool>>("enabled").flatten())
            .listed(self.take::<Option<bool>>("listed").flatten())
            .place(self.take::<Option<i64>>("place").flatten())
            .sign_in_policy(
                self.take::<Option<SignInPolicy>>("sign_in_policy")
                    .flatten(),
            )
    }
}

fn unknown_field(pointer: String) -> FieldError {
    FieldError::new(pointer, "There is no such field.")
}

/// What the body asks for, and where its fields are.
pub(super) fn parse(body: Map<String, Value>) -> Result<(ConnectionRequest, Shape), ApiError> {
    let mut fields = Fields::of(body);
    let mut form = ConnectionForm::default();
    form.client_id = fields.required("client_id");
    form.client_secret = fields.take("client_secret").unwrap_or_default();
    form.issuer = fields.required("issuer");
    form.authorization_server = fields.take("authorization_server").unwrap_or_default();
    form.api_token = fields.take("api_token").unwrap_or_default();
    let roles = fields.take::<Option<RoleTable>>("roles").flatten();
    let change = fields.change();
    form.options = fields.options();
    if !fields.errors.is_empty() {
        return Err(ApiError::Fields(fields.errors));
    }
    let request = ConnectionRequest::new(form).roles(roles).change(change);
    Ok((request, fields.shape))
}

/// Whether the body changes only what Okta isn't asked about.
pub(super) fn is_change(body: &Map<String, Value>) -> bool {
    body.keys().all(|key| CHANGE.contains(&key.as_str()))
}

/// The connection in use with these changes (RFC 7396), as a body that asks for all of it.
pub(super) fn merged(
    in_use: &ConnectionSummary,
    patch: Map<String, Value>,
) -> Result<Map<String, Value>, ApiError> {
    let shape = Shape::of(&patch);
    let mut form = ConnectionForm::new(&in_use.client_id, "", &in_use.issuer);
    form.options = in_use.options.clone();
    let Value::Object(mut flat) = json!(form) else {
        return Ok(patch);
    };
    let known =
        |key: &String| flat.contains_key(key) || key == "roles" || CHANGE.contains(&key.as_str());
    let mut base = match shape {
        Shape::Flat => {
            let unknown = patch.keys().filter(|key| !known(key));
            let errors: Vec<FieldError> = unknown
                .map(|key| unknown_field(format!("/{}", escaped(key))))
                .collect();
            if !errors.is_empty() {
                return Err(ApiError::Fields(errors));
            }
            Value::Object(flat)
        }
        Shape::Nested => {
            let name = flat.remove("display_name");
            let config = flat.into_iter();
            let config = config.map(|(field, value)| (shape.name(&field).to_owned(), value));
            json!({ "name": name, "config": config.collect::<Map<_, _>>() })
        }
    };
    merge(&mut base, Value::Object(patch));
    match base {
        Value::Object(body) => Ok(body),
        _ => Ok(Map::new()),
    }
}

/// RFC 7396 §2.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (key, value) in patch {
        match value {
            Value::Null => drop(target.remove(&key)),
            value => merge(target.entry(key).or_insert(Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(body: Value) -> Map<String, Value> {
        body.as_object().unwrap().clone()
    }

    fn pointers(body: Value) -> Vec<String> {
        match parse(object(body)) {
            Err(ApiError::Fields(errors)) => {
                errors.into_iter().map(|error| error.pointer).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn both_shapes_say_the_same() {
        let flat = json!({
            "client_id": "0oa1", "client_secret": "s", "issuer": "https://acme.okta.com",
            "authorization_server": "default", "display_name": "Acme", "claims": ["department"],
            "organization": "acme", "roles": { "rules": [{ "group": "A", "role": "b" }] },
        });
        let nested = json!({
            "name": "Acme", "type": "okta",
            "config": {
                "client_id": "0oa1", "client_secret": "s", "okta_account": "https://acme.okta.com",
                "authorization_server_id": "default", "claims": ["department"],
                "organization": "acme", "roles": { "rules": [{ "group": "A", "role": "b" }] },
            },
        });
        let (one, shape) = parse(object(flat)).unwrap();
        assert_eq!(shape.pointer("issuer"), "/issuer");
        let (other, shape) = parse(object(nested)).unwrap();
        assert_eq!(shape.pointer("issuer"), "/config/okta_account");
        assert_eq!(one, other);
        assert_eq!(one.form.options.display_name, "Acme");
        assert_eq!(one.change.organization.as_deref(), Some("acme"));
    }

    #[test]
    fn each_error_says_where_it_is() {
        assert_eq!(pointers(json!({})), ["/client_id", "/issuer"]);
        assert_eq!(
            pointers(json!({ "config": {} })),
            ["/config/client_id", "/config/okta_account"]
        );
        let flat = json!({
            "client_id": 1, "issuer": "i", "scopes": ["a", 2], "enabled": "yes", "a/b": 1,
            "roles": { "rules": [{ "group": "A" }] },
        });
        let expected = ["/client_id", "/roles/rules/0", "/enabled", "/scopes/1"];
        assert_eq!(pointers(flat), expected);
        let nested = json!({
            "name": 1, "type": "saml", "scim_config": {},
            "config": { "client_id": "c", "okta_account": "i", "display_name": "d", "a/b": 1 },
        });
        let expected = [
            "/type",
            "/config/display_name",
            "/scim_config",
            "/config/a~1b",
            "/name",
        ];
        assert_eq!(pointers(nested), expected);
        assert_eq!(pointers(json!({ "config": "c" }))[0], "/config");
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_is_the_default() {
        let mut options = ConnectionOptions::default();
        options.claims = vec!["department".to_owned()];
        options.refresh_tokens = true;
        let at = okta_types::Timestamp(0);
        let in_use = ConnectionSummary::new("acme", "https://acme.okta.com", "0oa1", at, options);
        for patch in [
            json!({ "claims": null, "scopes": ["a"] }),
            json!({ "config": { "claims": null, "scopes": ["a"] } }),
        ] {
            let body = merged(&in_use, object(patch)).unwrap();
            let (request, _) = parse(body).unwrap();
            let options = &request.form.options;
            assert_eq!(request.form.issuer, "https://acme.okta.com");
            assert!(options.claims.is_empty() && options.refresh_tokens);
            assert_eq!(options.scopes, ["a"]);
        }
        assert!(merged(&in_use, object(json!({ "scope": [] }))).is_err());
    }
}
