//! What an operation does to a resource.

use scim_v2::filter::{
    AttrExp, AttrPath, CompValue, CompareOp, PatchPath, PatchValuePath, ValFilter,
};
use serde_json::{Value, map::Entry};

use super::{Op, Operation};
use crate::{
    scim::{
        ScimError,
        attributes::{self, Attributes, is_core, is_many, is_primary, is_secret, is_unassigned},
        filter::{check_value_filter, element_matches},
    },
    store::Kind,
};

impl Operation {
    pub(in crate::scim) fn apply(
        self,
        kind: Kind,
        resource: &mut Attributes,
    ) -> Result<(), ScimError> {
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
