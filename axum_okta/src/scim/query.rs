//! What a list is asked for (RFC 7644 §3.4.2), and which attributes an answer has (§3.9).

use scim_v2::filter::{AttrPath, Filter, PatchPath};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    ScimError,
    attributes::{self, Attributes, is_core},
    filter,
};
use crate::store::Kind;

/// Of one page, however many are asked for.
pub(super) const MAX_COUNT: usize = 200;
const DEFAULT_COUNT: usize = 100;
/// Attributes that an answer is asked for, or for none of.
const MAX_SELECTED: usize = 100;

pub(super) struct Query {
    pub(super) filter: Option<Filter>,
    pub(super) sort_by: Option<AttrPath>,
    pub(super) descending: bool,
    /// The first has the number 1.
    pub(super) start_index: usize,
    pub(super) count: usize,
    pub(super) selection: Selection,
}

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, ScimError> {
        let mut parsed = Self {
            filter: None,
            sort_by: None,
            descending: false,
            start_index: 1,
            count: DEFAULT_COUNT,
            selection: Selection::parse(query)?,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "filter" if !value.trim().is_empty() => {
                    parsed.filter = Some(filter::parse(&value)?)
                }
                "sortBy" if !value.is_empty() => parsed.sort_by = Some(attribute(&value)?),
                "sortOrder" => parsed.descending = value.eq_ignore_ascii_case("descending"),
                // Below 1 is 1 (§3.4.2.4).
                "startIndex" => {
                    let index = number(&name, &value)?.max(1);
                    parsed.start_index = usize::try_from(index).unwrap_or(usize::MAX);
                }
                "count" => {
                    let count = usize::try_from(number(&name, &value)?.max(0));
                    parsed.count = count.unwrap_or(MAX_COUNT).min(MAX_COUNT);
                }
                _ => {}
            }
        }
        Ok(parsed)
    }
}

fn number(name: &str, value: &str) -> Result<i64, ScimError> {
    let wrong = |_| ScimError::InvalidValue(format!("{name} must be a number"));
    value.trim().parse().map_err(wrong)
}

fn attribute(name: &str) -> Result<AttrPath, ScimError> {
    match attributes::parse_path(name.trim())? {
        PatchPath::Attr(path) => Ok(path),
        PatchPath::Value(_) => Err(ScimError::InvalidPath(name.to_owned())),
    }
}

/// The attributes of an answer.
#[derive(Default)]
pub(super) struct Selection {
    only: Option<Vec<AttrPath>>,
    without: Vec<AttrPath>,
}

impl Selection {
    pub(super) fn parse(query: &str) -> Result<Self, ScimError> {
        let mut selection = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let names = || {
                let names = value.split(',').filter(|name| !name.trim().is_empty());
                if names.clone().count() > MAX_SELECTED {
                    let many = format!("{name} has more than {MAX_SELECTED} names");
                    return Err(ScimError::InvalidValue(many));
                }
                names.map(attribute).collect::<Result<Vec<_>, _>>()
            };
            match &*name {
                "attributes" => selection.only = Some(names()?).filter(|names| !names.is_empty()),
                "excludedAttributes" => selection.without = names()?,
                _ => {}
            }
        }
        Ok(selection)
    }

    /// Whether an attribute of the core schema is in the answer.
    pub(super) fn has(&self, kind: Kind, name: &str) -> bool {
        let is_it = |path: &AttrPath| is_core(kind, path) && path.name.eq_ignore_ascii_case(name);
        let is_selected = self.only.as_ref().is_none_or(|only| only.iter().any(is_it));
        let is_left_out = |path: &AttrPath| is_it(path) && path.sub_attr.is_none();
        is_selected && !self.without.iter().any(is_left_out)
    }

    /// `id` and `schemas` are always there.
    pub(super) fn of(&self, kind: Kind, resource: Attributes) -> Attributes {
        let is_always_there = |name: &str| ["id", "schemas"].contains(&name);
        let mut selected = match &self.only {
            None => resource,
            Some(only) => {
                let always = resource.iter().filter(|(name, _)| is_always_there(name));
                let always = always.map(|(name, value)| (name.clone(), value.clone()));
                let mut selected: Attributes = always.collect();
                for path in only {
                    add(kind, &mut selected, &resource, path);
                }
                selected
            }
        };
        for path in self
            .without
            .iter()
            .filter(|path| !is_always_there(&path.name))
        {
            leave_out(kind, &mut selected, path);
        }
        selected
    }
}

fn add(kind: Kind, selected: &mut Attributes, resource: &Attributes, path: &AttrPath) {
    let within = attributes::within(kind, resource, path);
    let Some(value) = within.and_then(|within| attributes::get(within, &path.name)) else {
        return;
    };
    let value = match &path.sub_attr {
        Some(sub) => only_below(value, sub),
        None => value.clone(),
    };
    let target = match &path.uri {
        Some(urn) if !is_core(kind, path) => {
            let extension = attributes::entry(kind, selected, urn);
            let extension = extension.or_insert_with(|| Attributes::new().into());
            match extension.as_object_mut() {
                Some(extension) => extension,
                None => return,
            }
        }
        _ => selected,
    };
    let there = attributes::entry(kind, target, &path.name).or_insert(Value::Null);
    join(there, value);
}

fn only_below(value: &Value, sub: &str) -> Value {
    match value {
        Value::Object(object) => {
            let found = object
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(sub));
            let found = found.map(|(name, value)| (name.clone(), value.clone()));
            Value::Object(found.collect())
        }
        Value::Array(values) => values.iter().map(|value| only_below(value, sub)).collect(),
        value => value.clone(),
    }
}

/// For two sub-attributes of the same attribute.
fn join(there: &mut Value, more: Value) {
    match (there, more) {
        (Value::Object(there), Value::Object(more)) => there.extend(more),
        (Value::Array(there), Value::Array(more)) => {
            for (there, more) in there.iter_mut().zip(more) {
                join(there, more);
            }
        }
        (there, more) => *there = more,
    }
}

fn leave_out(kind: Kind, selected: &mut Attributes, path: &AttrPath) {
    let target = match &path.uri {
        Some(urn) if !is_core(kind, path) => {
            attributes::get_mut(selected, urn).and_then(Value::as_object_mut)
        }
        _ => Some(selected),
    };
    let Some(target) = target else { return };
    let Some(sub) = &path.sub_attr else {
        attributes::remove(target, &path.name);
        return;
    };
    match attributes::get_mut(target, &path.name) {
        Some(Value::Object(object)) => {
            attributes::remove(object, sub);
        }
        Some(Value::Array(values)) => {
            for object in values.iter_mut().filter_map(Value::as_object_mut) {
                attributes::remove(object, sub);
            }
        }
        _ => {}
    }
}
