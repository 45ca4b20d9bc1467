//! Whether a resource matches a filter (RFC 7644 §3.4.2.2).

use std::cmp::Ordering;

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    ScimError,
    attributes::{self, Attributes, is_unassigned},
};
use crate::store::{Kind, name_key};

/// Each is compared with each person or group.
const MAX_TERMS: usize = 50;

pub(super) fn parse(text: &str) -> Result<Filter, ScimError> {
    let filter = text.parse::<Filter>();
    let filter = filter.map_err(|error| ScimError::InvalidFilter(error.to_string()))?;
    check_terms(terms(&filter))?;
    Ok(filter)
}

fn check_terms(terms: usize) -> Result<(), ScimError> {
    match terms > MAX_TERMS {
        true => Err(ScimError::InvalidFilter(format!(
            "it compares more than {MAX_TERMS} times"
        ))),
        false => Ok(()),
    }
}

fn terms(filter: &Filter) -> usize {
    match filter {
        Filter::Attr(_) => 1,
        Filter::ValuePath(path) => terms_of_value(&path.filter),
        Filter::Not(filter) => terms(filter),
        Filter::And(filters) | Filter::Or(filters) => filters.iter().map(terms).sum(),
    }
}

fn terms_of_value(filter: &ValFilter) -> usize {
    match filter {
        ValFilter::Attr(_) => 1,
        ValFilter::Not(filter) => terms_of_value(filter),
        ValFilter::And(filters) | ValFilter::Or(filters) => {
            filters.iter().map(terms_of_value).sum()
        }
    }
}

/// Refuses what is in brackets of a path if it compares too often.
pub(super) fn check_value_filter(filter: &ValFilter) -> Result<(), ScimError> {
    check_terms(terms_of_value(filter))
}

/// Whether the filter asks for this attribute.
pub(super) fn mentions(filter: &Filter, name: &str) -> bool {
    let is_named = |path: &AttrPath| path.name.eq_ignore_ascii_case(name);
    match filter {
        Filter::Attr(AttrExp::Present(path) | AttrExp::Comparison(path, ..)) => is_named(path),
        Filter::ValuePath(path) => is_named(&path.attr),
        Filter::Not(filter) => mentions(filter, name),
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter().any(|filter| mentions(filter, name))
        }
    }
}

pub(super) fn matches(
    kind: Kind,
    filter: &Filter,
    resource: &Attributes,
) -> Result<bool, ScimError> {
    match filter {
        Filter::Attr(expression) => {
            let path = path_of(expression);
            meets(
                expression,
                &values(kind, resource, path),
                is_case_exact(path),
            )
        }
        Filter::ValuePath(path) => {
            let elements = values(kind, resource, &path.attr);
            let elements = elements.into_iter().filter_map(Value::as_object);
            any(elements.map(|element| element_matches(&path.filter, element)))
        }
        Filter::Not(filter) => Ok(!matches(kind, filter, resource)?),
        Filter::And(filters) => all(filters.iter().map(|one| matches(kind, one, resource))),
        Filter::Or(filters) => any(filters.iter().map(|one| matches(kind, one, resource))),
    }
}

/// Whether a value of a multi-valued attribute matches what is in brackets.
pub(super) fn element_matches(filter: &ValFilter, element: &Attributes) -> Result<bool, ScimError> {
    match filter {
        ValFilter::Attr(expression) => {
            let value = attributes::get(element, &path_of(expression).name);
            let values: Vec<_> = value.into_iter().flat_map(each).collect();
            meets(expression, &values, false)
        }
        ValFilter::Not(filter) => Ok(!element_matches(filter, element)?),
        ValFilter::And(filters) => all(filters.iter().map(|one| element_matches(one, element))),
        ValFilter::Or(filters) => any(filters.iter().map(|one| element_matches(one, element))),
    }
}

type Found = Result<bool, ScimError>;

fn any(mut found: impl Iterator<Item = Found>) -> Found {
    found
        .find(|found| !matches!(found, Ok(false)))
        .unwrap_or(Ok(false))
}

fn all(mut found: impl Iterator<Item = Found>) -> Found {
    found
        .find(|found| !matches!(found, Ok(true)))
        .unwrap_or(Ok(true))
}

fn path_of(expression: &AttrExp) -> &AttrPath {
    match expression {
        AttrExp::Present(path) | AttrExp::Comparison(path, ..) => path,
    }
}

/// Names of people and groups are compared without case, ids and dates exactly.
fn is_case_exact(path: &AttrPath) -> bool {
    ["id", "externalId", "meta"]
        .iter()
        .any(|exact| exact.eq_ignore_ascii_case(&path.name))
}

/// What is at a path. Of complex values that are asked for without a sub-attribute, it is their
/// `value`.
pub(super) fn values<'a>(kind: Kind, resource: &'a Attributes, path: &AttrPath) -> Vec<&'a Value> {
    let within = attributes::within(kind, resource, path);
    let found = within.and_then(|within| attributes::get(within, &path.name));
    let found = found.into_iter().flat_map(each);
    match &path.sub_attr {
        Some(name) => found
            .filter_map(Value::as_object)
            .filter_map(|object| attributes::get(object, name))
            .flat_map(each)
            .collect(),
        None => found.collect(),
    }
}

fn each(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(values) => values.iter(),
        value => std::slice::from_ref(value).iter(),
    }
}

fn meets(expression: &AttrExp, values: &[&Value], exact: bool) -> Found {
    let AttrExp::Comparison(_, operator, sought) = expression else {
        return Ok(values.iter().any(|value| is_present(value)));
    };
    if matches!(sought, CompValue::Null) {
        let is_present = values.iter().any(|value| is_present(value));
        return match operator {
            CompareOp::Eq => Ok(!is_present),
            CompareOp::Ne => Ok(is_present),
            _ => Err(unordered(operator)),
        };
    }
    if matches!(operator, CompareOp::Ne) {
        let equal = any(values
            .iter()
            .map(|value| compares(value, &CompareOp::Eq, sought, exact)))?;
        return Ok(!equal);
    }
    any(values
        .iter()
        .map(|value| compares(value, operator, sought, exact)))
}

fn is_present(value: &Value) -> bool {
    !is_unassigned(value)
        && value.as_str() != Some("")
        && value.as_object().is_none_or(|object| !object.is_empty())
}

fn compares(value: &Value, operator: &CompareOp, sought: &CompValue, exact: bool) -> Found {
    match (value, sought) {
        (Value::Object(object), _) => match attributes::get(object, "value") {
            Some(value) if !value.is_object() => compares(value, operator, sought, exact),
            _ => Ok(false),
        },
        (Value::String(text), CompValue::Str(sought)) => {
            Ok(text_compares(text, operator, sought, exact))
        }
        (Value::Number(number), CompValue::Number(sought)) => {
            let order = number.as_f64().partial_cmp(&sought.as_f64());
            order.map_or(Ok(false), |order| orders(order, operator))
        }
        (Value::Bool(value), CompValue::True | CompValue::False) => match operator {
            CompareOp::Eq => Ok(*value == matches!(sought, CompValue::True)),
            _ => Err(unordered(operator)),
        },
        _ => Ok(false),
    }
}

fn text_compares(text: &str, operator: &CompareOp, sought: &str, exact: bool) -> bool {
    let folded = |text: &str| match exact {
        true => text.to_owned(),
        false => name_key(text),
    };
    let (one, other) = (folded(text), folded(sought));
    match operator {
        CompareOp::Co => one.contains(&other),
        CompareOp::Sw => one.starts_with(&other),
        CompareOp::Ew => one.ends_with(&other),
        operator => {
            let order = match (moment(text), moment(sought)) {
                (Some(one), Some(other)) => one.cmp(&other),
                _ => one.cmp(&other),
            };
            orders(order, operator).unwrap_or(false)
        }
    }
}

/// Moments are compared as such, however they are written.
pub(super) fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn orders(order: Ordering, operator: &CompareOp) -> Found {
    match operator {
        CompareOp::Eq => Ok(order.is_eq()),
        CompareOp::Ne => Ok(order.is_ne()),
        CompareOp::Gt => Ok(order.is_gt()),
        CompareOp::Ge => Ok(order.is_ge()),
        CompareOp::Lt => Ok(order.is_lt()),
        CompareOp::Le => Ok(order.is_le()),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => Err(unordered(operator)),
    }
}

/// RFC 7644 Table 3: what has no order, or is no text, can't be compared so.
fn unordered(operator: &CompareOp) -> ScimError {
    ScimError::InvalidFilter(format!("{operator} doesn't fit the value"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> Attributes {
        let ada = json!({
            "id": "2819c223",
            "userName": "ada@Example.com",
            "externalId": "00u1ada",
            "name": { "familyName": "O'Malley" },
            "title": "Countess",
            "active": true,
            "emails": [
                { "type": "work", "value": "ada@example.com", "primary": true },
                { "type": "home", "value": "ada@home.example" },
            ],
            "meta": { "lastModified": "2026-05-13T04:42:34Z" },
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Engines" },
            "shoes": 38,
        });
        ada.as_object().unwrap().clone()
    }

    fn found(text: &str) -> bool {
        matches(Kind::User, &parse(text).unwrap(), &ada()).unwrap()
    }

    #[test]
    fn filters_of_the_rfc_and_of_okta() {
        for text in [
            r#"userName eq "ADA@example.com""#,
            r#"username EQ "ada@example.com""#,
            r#"name.familyName co "O'Malley""#,
            r#"userName sw "A""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "A""#,
            "title pr",
            r#"meta.lastModified gt "2026-05-13T04:42:33Z""#,
            r#"meta.lastModified ge "2026-05-13T06:42:34+02:00""#,
            r#"meta.lastModified lt "2026-05-14T00:00:00Z""#,
            r#"title pr and userType eq "Employee" or active eq true"#,
            r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
            r#"emails co "example.com""#,
            r#"emails[type eq "work" and value co "@example.com"]"#,
            r#"emails[value eq "ada@home.example"]"#,
            r#"emails.value eq "ada@home.example""#,
            r#"not (emails co "example.org")"#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "engines""#,
            "shoes gt 37.5",
            "nickName eq null",
            r#"nickName ne "x""#,
        ] {
            assert!(found(text), "{text}");
        }
        for text in [
            r#"externalId eq "00U1ADA""#,
            r#"emails[type eq "home" and value co "@example.com"]"#,
            "active eq false",
            "nickName pr",
            r#"userName ne "ada@example.com""#,
            r#"shoes eq "38""#,
        ] {
            assert!(!found(text), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        for text in ["active gt true", "nickName co null", "shoes co 3"] {
            let found = matches(Kind::User, &parse(text).unwrap(), &ada());
            assert!(matches!(found, Err(ScimError::InvalidFilter(_))), "{text}");
        }
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq ada",
            "(title pr",
        ] {
            assert!(
                matches!(parse(text), Err(ScimError::InvalidFilter(_))),
                "{text}"
            );
        }
    }
}
