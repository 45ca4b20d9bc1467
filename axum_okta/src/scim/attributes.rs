//! The attributes of a resource: JSON, of which names are compared without case (RFC 7643 §2.1), and
//! which types and rules apply to those of the core schemas.

use scim_v2::{
    filter::{AttrPath, PatchPath},
    schema_urns,
};
use serde_json::{Map, Value, map::Entry};

use super::ScimError;
use crate::store::Kind;

pub(super) type Attributes = Map<String, Value>;

/// Names and values of a resource, apart from members. The work that filters and operations are is
/// bounded by it.
const MAX_PARTS: usize = 2000;

/// Where a person's department and the like are.
pub(super) const ENTERPRISE: &str = schema_urns::ENTERPRISE_USER;

/// The type of an attribute of a core schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Switch,
    Complex,
    /// Complex, and multi-valued.
    Many,
    /// This app's, and not the client's to change.
    ReadOnly,
    /// Accepted, and not kept.
    Secret,
}

use Type::{Complex, Many, ReadOnly, Secret, Switch, Text};

const OF_USERS: &[(&str, Type)] = &[
    ("id", ReadOnly),
    ("meta", ReadOnly),
    ("groups", ReadOnly),
    ("password", Secret),
    ("externalId", Text),
    ("userName", Text),
    ("name", Complex),
    ("displayName", Text),
    ("nickName", Text),
    ("profileUrl", Text),
    ("title", Text),
    ("userType", Text),
    ("preferredLanguage", Text),
    ("locale", Text),
    ("timezone", Text),
    ("active", Switch),
    ("emails", Many),
    ("phoneNumbers", Many),
    ("ims", Many),
    ("photos", Many),
    ("addresses", Many),
    ("entitlements", Many),
    ("roles", Many),
    ("x509Certificates", Many),
    (ENTERPRISE, Complex),
];

const OF_GROUPS: &[(&str, Type)] = &[
    ("id", ReadOnly),
    ("meta", ReadOnly),
    ("externalId", Text),
    ("displayName", Text),
    ("members", Many),
];

/// The core schema of a kind of resource.
pub(super) fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::User => schema_urns::USER,
        Kind::Group => schema_urns::GROUP,
    }
}

/// What a person or group can't be without.
pub(super) fn name_attribute(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    }
}

fn known(kind: Kind, name: &str) -> Option<(&'static str, Type)> {
    let all = match kind {
        Kind::User => OF_USERS,
        Kind::Group => OF_GROUPS,
    };
    let mut all = all.iter().copied();
    all.find(|(known, _)| known.eq_ignore_ascii_case(name))
}

pub(super) fn is_read_only(kind: Kind, name: &str) -> bool {
    known(kind, name).is_some_and(|(_, kind)| kind == ReadOnly)
}

pub(super) fn is_secret(kind: Kind, name: &str) -> bool {
    known(kind, name).is_some_and(|(_, kind)| kind == Secret)
}

/// Whether an attribute of the core schema is multi-valued.
pub(super) fn is_many(kind: Kind, name: &str) -> bool {
    known(kind, name).is_some_and(|(_, kind)| kind == Many)
}

/// A path as it is written. The URN of an extension alone means all of it; the grammar would take its
/// last part for an attribute.
pub(super) fn parse_path(text: &str) -> Result<PatchPath, ScimError> {
    let is_extension = text.to_ascii_lowercase().starts_with("urn:") && text.ends_with(":User");
    if is_extension {
        return Ok(PatchPath::Attr(AttrPath::with_name(text)));
    }
    text.parse()
        .map_err(|error| ScimError::InvalidPath(format!("{text}: {error}")))
}

/// The name as it is in the map, or else as the schema spells it.
fn spelled(kind: Kind, attributes: &Attributes, name: &str) -> String {
    let there = attributes.keys().find(|key| key.eq_ignore_ascii_case(name));
    match (there, known(kind, name)) {
        (Some(there), _) => there.clone(),
        (None, Some((known, _))) => known.to_owned(),
        (None, None) => name.to_owned(),
    }
}

pub(super) fn get<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a Value> {
    let mut all = attributes.iter();
    let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

pub(super) fn get_mut<'a>(attributes: &'a mut Attributes, name: &str) -> Option<&'a mut Value> {
    let mut all = attributes.iter_mut();
    let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// The attributes that a path is about: those of the resource, or of one of its extensions.
pub(super) fn within<'a>(
    kind: Kind,
    resource: &'a Attributes,
    path: &AttrPath,
) -> Option<&'a Attributes> {
    match &path.uri {
        Some(urn) if !is_core(kind, path) => get(resource, urn)?.as_object(),
        _ => Some(resource),
    }
}

pub(super) fn entry<'a>(kind: Kind, attributes: &'a mut Attributes, name: &str) -> Entry<'a> {
    attributes.entry(spelled(kind, attributes, name))
}

pub(super) fn put(kind: Kind, attributes: &mut Attributes, name: &str, value: Value) {
    attributes.insert(spelled(kind, attributes, name), value);
}

pub(super) fn remove(attributes: &mut Attributes, name: &str) -> Option<Value> {
    let there = attributes.keys().find(|key| key.eq_ignore_ascii_case(name));
    let there = there?.clone();
    attributes.remove(&there)
}

/// Whether a path is about the core schema of the resource.
pub(super) fn is_core(kind: Kind, path: &AttrPath) -> bool {
    let uri = path.uri.as_deref();
    uri.is_none_or(|uri| uri.eq_ignore_ascii_case(schema(kind)))
}

/// Whether a value counts as none (RFC 7643 §2.5).
pub(super) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// Refuses more than anybody knows about a person or a group.
pub(super) fn check_parts<'v>(
    values: impl IntoIterator<Item = &'v Value>,
) -> Result<(), ScimError> {
    let parts: usize = values.into_iter().map(parts).sum();
    match parts > MAX_PARTS {
        true => Err(ScimError::InvalidValue(format!(
            "there are more than {MAX_PARTS} attributes and values"
        ))),
        false => Ok(()),
    }
}

fn parts(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(parts).sum::<usize>(),
        Value::Object(object) => 1 + object.values().map(parts).sum::<usize>(),
        _ => 1,
    }
}

/// Attributes of the core schema may be below its URN, as those of an extension are.
pub(super) fn without_core_urn(kind: Kind, mut sent: Attributes) -> Attributes {
    if let Some(Value::Object(_)) = get(&sent, schema(kind))
        && let Some(Value::Object(below)) = remove(&mut sent, schema(kind))
    {
        sent.extend(below);
    }
    sent
}

/// Brings attributes into the form in which they are kept: names as the schema spells them, without
/// what is this app's, secret, or unassigned. Everything else stays as it was sent.
pub(super) fn kept(kind: Kind, sent: Attributes) -> Result<Attributes, ScimError> {
    let mut kept = Attributes::new();
    for (name, value) in sent {
        let known = known(kind, &name);
        let (name, of_type) = match known {
            Some((known, of_type)) => (known.to_owned(), Some(of_type)),
            None => (name, None),
        };
        if is_unassigned(&value) || matches!(of_type, Some(ReadOnly | Secret)) {
            continue;
        }
        let value = match of_type {
            Some(of_type) => typed(&name, of_type, value)?,
            None => value,
        };
        if kept.insert(name.clone(), value).is_some() {
            return Err(ScimError::InvalidSyntax(format!("{name} is there twice")));
        }
    }
    let schemas = schemas(kind, &kept);
    kept.insert("schemas".to_owned(), schemas);
    Ok(kept)
}

/// The core schema, those that were named, and those of the extensions that are there.
fn schemas(kind: Kind, attributes: &Attributes) -> Value {
    let mut schemas = vec![schema(kind)];
    let named = attributes.get("schemas").and_then(Value::as_array);
    let named = named.into_iter().flatten().filter_map(Value::as_str);
    let extensions = attributes.keys().map(String::as_str);
    let extensions = extensions.filter(|name| name.to_ascii_lowercase().starts_with("urn:"));
    for urn in named.chain(extensions) {
        if !schemas.iter().any(|known| known.eq_ignore_ascii_case(urn)) {
            schemas.push(urn);
        }
    }
    schemas.into()
}

fn typed(name: &str, of_type: Type, value: Value) -> Result<Value, ScimError> {
    let wrong = |what: &str| ScimError::InvalidValue(format!("{name} must be {what}"));
    match (of_type, value) {
        (Text, Value::String(text)) => Ok(text.into()),
        (Text, _) => Err(wrong("a string")),
        (Switch, Value::Bool(switch)) => Ok(switch.into()),
        // Some clients send booleans as strings.
        (Switch, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true.into()),
        (Switch, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false.into()),
        (Switch, _) => Err(wrong("true or false")),
        (Complex, Value::Object(object)) => Ok(object.into()),
        (Complex, _) => Err(wrong("an object")),
        (Many, Value::Object(object)) => Ok(Value::Array(vec![object.into()])),
        (Many, Value::Array(values)) if values.iter().all(Value::is_object) => {
            if values.iter().filter(|value| is_primary(value)).count() > 1 {
                return Err(wrong("a list with at most one primary value"));
            }
            Ok(values.into())
        }
        (Many, _) => Err(wrong("a list of objects")),
        (ReadOnly | Secret, value) => Ok(value),
    }
}

pub(super) fn is_primary(value: &Value) -> bool {
    let object = value.as_object();
    object.and_then(|object| get(object, "primary")) == Some(&Value::Bool(true))
}

/// A text, number, or switch of a person, also of the enterprise extension.
pub(crate) fn simple_attribute<'a>(person: &'a Attributes, name: &str) -> Option<&'a Value> {
    let extension = || get(person, ENTERPRISE)?.as_object();
    let found = get(person, name).or_else(|| get(extension()?, name));
    found.filter(|value| value.is_string() || value.is_number() || value.is_boolean())
}
