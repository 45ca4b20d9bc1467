//! From a body to operations.

use scim_v2::filter::{AttrPath, PatchPath};
use serde::Deserialize;
use serde_json::Value;

use super::{Op, Operation};
use crate::{
    scim::{
        ScimError,
        attributes::{self, is_core, is_read_only, parse_path, without_core_urn},
    },
    store::Kind,
};

/// More than any client sends at once, of which most may be about members.
const MAX_OPERATIONS: usize = 1000;
const MAX_ON_ATTRIBUTES: usize = 100;

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Operations", alias = "operations")]
    operations: Vec<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    op: String,
    path: Option<String>,
    value: Option<Value>,
}

/// The operations of a body. One without a path becomes one for each attribute of its value.
pub(in crate::scim) fn parse(kind: Kind, body: Value) -> Result<Vec<Operation>, ScimError> {
    let body: Body = serde_json::from_value(body)
        .map_err(|error| ScimError::InvalidSyntax(error.to_string()))?;
    if body.operations.len() > MAX_OPERATIONS {
        let many = format!("more than {MAX_OPERATIONS} operations");
        return Err(ScimError::InvalidSyntax(many));
    }
    let mut operations = Vec::new();
    let mut on_attributes = 0;
    for sent in body.operations {
        let op = match &sent.op.to_ascii_lowercase()[..] {
            "add" => Op::Add,
            "replace" => Op::Replace,
            "remove" => Op::Remove,
            other => return Err(ScimError::InvalidSyntax(format!("no operation {other}"))),
        };
        let is_whole = |path: &String| path.trim().eq_ignore_ascii_case(attributes::schema(kind));
        match (sent.path.filter(|path| !is_whole(path)), sent.value) {
            (Some(path), value) if op == Op::Remove || value.is_some() => {
                let operation = operation(kind, op, &path, value)?;
                if !operation.is_about_members(kind) {
                    on_attributes += 1;
                    attributes::check_parts(&operation.value)?;
                }
                operations.push(operation);
            }
            (None, Some(Value::Object(object))) if op != Op::Remove => {
                on_attributes += 1;
                let object = without_core_urn(kind, object);
                let is_attribute =
                    |name: &str| kind == Kind::User || !name.eq_ignore_ascii_case("members");
                let values = object.iter().filter(|(name, _)| is_attribute(name));
                attributes::check_parts(values.map(|(_, value)| value))?;
                for (path, value) in object {
                    operations.extend(without_path(kind, op, &path, value));
                }
            }
            (None, _) if op == Op::Remove => {
                return Err(ScimError::NoTarget("remove without a path".to_owned()));
            }
            (None, _) => {
                let what = "without a path, the value must be an object";
                return Err(ScimError::InvalidValue(what.to_owned()));
            }
            (Some(_), _) => {
                let what = format!("{} without a value", sent.op);
                return Err(ScimError::InvalidValue(what));
            }
        }
    }
    if on_attributes > MAX_ON_ATTRIBUTES {
        let many = format!("more than {MAX_ON_ATTRIBUTES} operations on attributes");
        return Err(ScimError::InvalidSyntax(many));
    }
    Ok(operations)
}

/// Of an operation without a path: what is this app's is left out, because Okta sends the `id` along
/// with a new name. A name that the grammar doesn't know is an attribute's, too.
fn without_path(kind: Kind, op: Op, name: &str, value: Value) -> Option<Operation> {
    if is_read_only(kind, name) || name.eq_ignore_ascii_case("schemas") {
        return None;
    }
    let path = parse_path(name).unwrap_or_else(|_| PatchPath::Attr(AttrPath::with_name(name)));
    let value = Some(value);
    Some(Operation { op, path, value })
}

fn operation(kind: Kind, op: Op, text: &str, value: Option<Value>) -> Result<Operation, ScimError> {
    let path = parse_path(text)?;
    let attribute = match &path {
        PatchPath::Attr(attribute) => attribute,
        PatchPath::Value(path) => &path.attr,
    };
    if is_core(kind, attribute) && is_read_only(kind, &attribute.name) {
        return Err(ScimError::Mutability(attribute.name.clone()));
    }
    Ok(Operation { op, path, value })
}
