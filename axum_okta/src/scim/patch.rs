//! PATCH (RFC 7644 §3.5.2), as Okta and others send it.

use scim_v2::filter::{
    AttrExp, AttrPath, CompValue, CompareOp, PatchPath, PatchValuePath, ValFilter,
};
use serde::Deserialize;
use serde_json::{Value, map::Entry};

use super::{
    ScimError,
    attributes::{
        self, Attributes, is_core, is_many, is_primary, is_read_only, is_secret, is_unassigned,
        parse_path, without_core_urn,
    },
    filter::{check_value_filter, element_matches},
};
use crate::store::Kind;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Replace,
    Remove,
}

/// One change of one attribute.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) op: Op,
    pub(super) path: PatchPath,
    /// `None` for a removal without one.
    pub(super) value: Option<Value>,
}

/// The operations of a body. One without a path becomes one for each attribute of its value.
pub(super) fn parse(kind: Kind, body: Value) -> Result<Vec<Operation>, ScimError> {
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

impl Operation {
    /// Whether it is about this attribute of the core schema.
    pub(super) fn is_about(&self, kind: Kind, name: &str) -> bool {
        let (PatchPath::Attr(path) | PatchPath::Value(PatchValuePath { attr: path, .. })) =
            &self.path;
        is_core(kind, path) && path.name.eq_ignore_ascii_case(name)
    }

    /// Members are no attributes of a resource here.
    pub(super) fn is_about_members(&self, kind: Kind) -> bool {
        kind == Kind::Group && self.is_about(kind, "members")
    }

    pub(super) fn apply(self, kind: Kind, resource: &mut Attributes) -> Result<(), ScimError> {
        let Self { op, path, value } = self;
        match path {
            PatchPath::Attr(path) => {
                if is_core(kind, &path) && is_secret(kind, &path.name) {
                    return Ok(());
                }
                let Some(within) = within(kind, resource, &path, op)? else {
                    return Ok(());
                };
                match &path.sub_attr {
                    None => set(kind, within, &path.name, op, value),
                    Some(sub) => set_below(kind, within, &path.name, sub, op, value),
                }
            }
            PatchPath::Value(path) => {
                let Some(within) = within(kind, resource, &path.attr, op)? else {
                    return Ok(());
                };
                set_matching(kind, within, &path, op, value)
            }
        }
    }
}

/// The resource itself, or one of its extensions. `None` if nothing is to be removed.
fn within<'a>(
    kind: Kind,
    resource: &'a mut Attributes,
    path: &AttrPath,
    op: Op,
) -> Result<Option<&'a mut Attributes>, ScimError> {
    let Some(urn) = path.uri.as_deref().filter(|_| !is_core(kind, path)) else {
        return Ok(Some(resource));
    };
    if op == Op::Remove && attributes::get(resource, urn).is_none() {
        return Ok(None);
    }
    let extension =
        attributes::entry(kind, resource, urn).or_insert_with(|| Attributes::new().into());
    let not_object = || ScimError::InvalidPath(format!("{urn} is no object"));
    extension.as_object_mut().map(Some).ok_or_else(not_object)
}

fn set(
    kind: Kind,
    within: &mut Attributes,
    name: &str,
    op: Op,
    value: Option<Value>,
) -> Result<(), ScimError> {
    let value = match (op, value) {
        (Op::Remove, None) => Value::Null,
        // Some clients name what they remove of a list.
        (Op::Remove, Some(value)) => {
            if let Some(Value::Array(there)) = attributes::remove(within, name) {
                let gone = listed(value);
                let rest: Vec<_> = there
                    .into_iter()
                    .filter(|one| !gone.contains(one))
                    .collect();
                if !rest.is_empty() {
                    attributes::put(kind, within, name, rest.into());
                }
            }
            return Ok(());
        }
        (_, value) => value.unwrap_or_default(),
    };
    if is_unassigned(&value) {
        if op != Op::Add {
            attributes::remove(within, name);
        }
        return Ok(());
    }
    let is_list = is_many(kind, name) || value.is_array();
    match attributes::entry(kind, within, name) {
        Entry::Vacant(vacant) if is_list => {
            vacant.insert(listed(value).into());
        }
        Entry::Vacant(vacant) => {
            vacant.insert(value);
        }
        Entry::Occupied(mut occupied) => match (occupied.get_mut(), value) {
            (Value::Array(there), value) if op == Op::Add => add_to(there, listed(value)),
            (Value::Object(there), Value::Object(changes)) => merge(there, changes),
            (there, value) if is_list => *there = listed(value).into(),
            (there, value) => *there = value,
        },
    }
    Ok(())
}

/// Of the elements of a list, as it is written in JSON or, if there is one, alone.
fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        value => vec![value],
    }
}

/// What is there stays, once, and at most one is primary.
fn add_to(there: &mut Vec<Value>, added: Vec<Value>) {
    for value in added {
        if is_primary(&value) {
            no_longer_primary(there);
        }
        if !there.contains(&value) {
            there.push(value);
        }
    }
}

fn no_longer_primary(values: &mut [Value]) {
    for value in values.iter_mut().filter(|value| is_primary(value)) {
        if let Some(object) = value.as_object_mut() {
            attributes::remove(object, "primary");
        }
    }
}

/// Sub-attributes that aren't named stay (RFC 7644 §3.5.2.3).
fn merge(there: &mut Attributes, changes: Attributes) {
    for (name, value) in changes {
        if is_unassigned(&value) {
            attributes::remove(there, &name);
        } else {
            let name = match there.keys().find(|key| key.eq_ignore_ascii_case(&name)) {
                Some(there) => there.clone(),
                None => name,
            };
            there.insert(name, value);
        }
    }
}

/// A sub-attribute of a complex attribute, or of all values of a multi-valued one.
fn set_below(
    kind: Kind,
    within: &mut Attributes,
    name: &str,
    sub: &str,
    op: Op,
    value: Option<Value>,
) -> Result<(), ScimError> {
    let value = match op {
        Op::Remove => Value::Null,
        _ => value.unwrap_or_default(),
    };
    let change: Attributes = [(sub.to_owned(), value)].into_iter().collect();
    match attributes::entry(kind, within, name) {
        Entry::Vacant(_) if op == Op::Remove => {}
        Entry::Vacant(_) if is_many(kind, name) => {
            return Err(ScimError::NoTarget(format!("{name}.{sub}")));
        }
        Entry::Vacant(vacant) => {
            vacant.insert(change.into());
        }
        Entry::Occupied(mut occupied) => {
            match occupied.get_mut() {
                Value::Object(there) => merge(there, change),
                Value::Array(there) => {
                    for object in there.iter_mut().filter_map(Value::as_object_mut) {
                        merge(object, change.clone());
                    }
                }
                _ => return Err(ScimError::InvalidPath(format!("{name} is not complex"))),
            }
            if occupied.get().as_object().is_some_and(Attributes::is_empty) {
                occupied.remove();
            }
        }
    }
    Ok(())
}

/// The values of a multi-valued attribute that match a filter.
fn set_matching(
    kind: Kind,
    within: &mut Attributes,
    path: &PatchValuePath,
    op: Op,
    value: Option<Value>,
) -> Result<(), ScimError> {
    check_value_filter(&path.filter)?;
    let name = &path.attr.name;
    let mut values = match attributes::remove(within, name) {
        Some(Value::Array(values)) => values,
        None => Vec::new(),
        Some(_) => return Err(ScimError::InvalidPath(format!("{name} is no list"))),
    };
    let mut matching = Vec::new();
    for (at, value) in values.iter().enumerate() {
        if let Some(object) = value.as_object()
            && element_matches(&path.filter, object)?
        {
            matching.push(at);
        }
    }
    if op == Op::Remove && path.sub_attr.is_none() {
        let mut at = 0..;
        values.retain(|_| at.next().is_some_and(|at| !matching.contains(&at)));
    } else {
        let value = value.filter(|_| op != Op::Remove).unwrap_or_default();
        let change = change_of(path, op, value)?;
        if matching.is_empty() && op == Op::Add {
            matching.push(values.len());
            values.push(described(&path.filter).into());
        }
        if matching.is_empty() && op == Op::Replace {
            return Err(ScimError::NoTarget(path.to_string()));
        }
        if attributes::get(&change, "primary") == Some(&Value::Bool(true)) {
            no_longer_primary(&mut values);
        }
        for at in matching {
            if let Some(object) = values[at].as_object_mut() {
                merge(object, change.clone());
            }
        }
    }
    if !values.is_empty() {
        attributes::put(kind, within, name, values.into());
    }
    Ok(())
}

fn change_of(path: &PatchValuePath, op: Op, value: Value) -> Result<Attributes, ScimError> {
    match (&path.sub_attr, value) {
        (Some(sub), value) => Ok([(sub.clone(), value)].into_iter().collect()),
        (None, Value::Object(object)) => Ok(object),
        (None, _) if op == Op::Remove => Ok(Attributes::new()),
        (None, _) => Err(ScimError::InvalidValue(format!("{path} takes an object"))),
    }
}

/// A value that a filter describes: what a client means that adds to one that isn't there.
fn described(filter: &ValFilter) -> Attributes {
    match filter {
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, value)) => {
            let value = match value {
                CompValue::Str(text) => text.as_str().into(),
                CompValue::Number(number) => number.clone().into(),
                CompValue::True => true.into(),
                CompValue::False => false.into(),
                CompValue::Null => return Attributes::new(),
            };
            [(path.name.clone(), value)].into_iter().collect()
        }
        ValFilter::And(filters) => filters.iter().flat_map(described).collect(),
        _ => Attributes::new(),
    }
}
