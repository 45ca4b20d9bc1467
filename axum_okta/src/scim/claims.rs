//! The value that an attribute, named by a path, has as a claim.

use scim_v2::filter::{PatchPath, PatchValuePath};
use serde_json::Value;

use super::{
    attributes::{self, Attributes, is_core, is_read_only, is_secret, parse_path, schema},
    filter::{self, element_matches},
};
use crate::store::Kind;

/// Of a claim as JSON: it is in memory with every session of the person.
const MAX_CLAIM: usize = 4 * 1024;

/// Returns why a path names no attribute of a person that can be a claim.
pub(crate) fn check_attribute(text: &str) -> Result<(), &'static str> {
    let Ok(path) = parse_path(text) else {
        return Err(
            "This is no path of an attribute. Write one such as title, name.familyName, or \
             emails[type eq \"work\"].value.",
        );
    };
    let (PatchPath::Attr(path) | PatchPath::Value(PatchValuePath { attr: path, .. })) = &path;
    let name = &path.name;
    if is_core(Kind::User, path) && is_secret(Kind::User, name) {
        return Err("Passwords that Okta pushes are not kept.");
    }
    if is_core(Kind::User, path) && is_read_only(Kind::User, name) {
        return Err("This app sets this attribute itself. Okta pushes no value of it.");
    }
    let is_schema = name.eq_ignore_ascii_case(schema(Kind::User))
        || name.to_ascii_lowercase().starts_with("urn:");
    match is_schema {
        true => {
            Err("This names a whole schema. Add a colon and the name of one of its attributes.")
        }
        false => Ok(()),
    }
}

/// The text, number, or switch at a path; of an attribute with several values, a list of them, or the
/// first that the path selects in brackets.
pub(crate) fn claim_of(person: &Attributes, path: &str) -> Option<Value> {
    let claim = match parse_path(path).ok()? {
        PatchPath::Attr(path) => {
            let within = attributes::within(Kind::User, person, &path)?;
            let is_list = attributes::get(within, &path.name)?.is_array();
            let values = filter::values(Kind::User, person, &path);
            let mut values = values.into_iter().filter_map(simple).cloned();
            match is_list {
                true => Some(values.collect::<Vec<_>>().into()),
                false => values.next(),
            }
        }
        PatchPath::Value(path) => selected(person, &path).cloned(),
    };
    claim.filter(|claim| *claim != Value::Array(Vec::new()) && claim.to_string().len() <= MAX_CLAIM)
}

fn selected<'p>(person: &'p Attributes, path: &PatchValuePath) -> Option<&'p Value> {
    let elements = filter::values(Kind::User, person, &path.attr);
    let elements = elements.into_iter().filter_map(Value::as_object);
    let mut matching =
        elements.filter(|element| element_matches(&path.filter, element).unwrap_or(false));
    let name = path.sub_attr.as_deref().unwrap_or("value");
    matching.find_map(|element| simple(attributes::get(element, name)?))
}

/// Of an object its `value`, as in filters.
fn simple(value: &Value) -> Option<&Value> {
    let value = match value {
        Value::Object(object) => attributes::get(object, "value")?,
        value => value,
    };
    (value.is_string() || value.is_number() || value.is_boolean()).then_some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_what_a_path_leads_to() {
        let ada = json!({
            "userName": "ada@example.com",
            "title": "Countess",
            "active": true,
            "name": { "familyName": "Lovelace" },
            "emails": [
                { "type": "home", "value": "ada@home.example" },
                { "type": "work", "value": "ada@example.com", "primary": true },
            ],
            "addresses": [{ "type": "work", "locality": "London" }],
            "favourites": ["engines", 7, { "no": "value" }],
            "photo": "x".repeat(MAX_CLAIM),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "Engines", "manager": { "value": "26118915" },
            },
        });
        let ada = ada.as_object().unwrap();
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (path, claim) in [
            ("title", json!("Countess")),
            ("TITLE", json!("Countess")),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User:title",
                json!("Countess"),
            ),
            ("active", json!(true)),
            ("name.familyName", json!("Lovelace")),
            ("emails", json!(["ada@home.example", "ada@example.com"])),
            ("emails.type", json!(["home", "work"])),
            (r#"emails[type eq "work"].value"#, json!("ada@example.com")),
            (r#"emails[type eq "work"]"#, json!("ada@example.com")),
            (r#"addresses[type eq "work"].locality"#, json!("London")),
            ("favourites", json!(["engines", 7])),
            (&format!("{enterprise}:department"), json!("Engines")),
            (&format!("{enterprise}:manager"), json!("26118915")),
        ] {
            assert_eq!(claim_of(ada, path), Some(claim), "{path}");
        }
        for path in [
            "nickName",
            "name",
            "photo",
            r#"emails[type eq "other"].value"#,
            "addresses",
            enterprise,
            "not a path",
        ] {
            assert_eq!(claim_of(ada, path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_attribute_of_a_person_is_refused() {
        for path in [
            "",
            "not a path",
            "emails[",
            "password",
            "urn:ietf:params:scim:schemas:core:2.0:User:password",
            "meta.created",
            "groups",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ] {
            assert!(check_attribute(path).is_err(), "{path}");
        }
        for path in ["title", "urn:example:2.0:Badge:User:color", "costCenter"] {
            assert_eq!(check_attribute(path), Ok(()), "{path}");
        }
    }
}
