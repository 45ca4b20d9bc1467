//! What a client sends of a person or a group, and what becomes a resource of it.

use serde_json::Value;

use super::{
    ScimError,
    attributes::{self, Attributes, kept, name_attribute},
    members::MembersChange,
};
use crate::store::{Kind, Resource};

/// Of a name or an external ID, so that an index has room for it.
const MAX_NAME: usize = 500;

/// Of a resource without its members: 200 of them are in one answer.
const MAX_CONTENT: usize = 64 * 1024;

/// What a body has: attributes, and the members of a group if it names them.
pub(super) fn sent(
    kind: Kind,
    body: Value,
) -> Result<(Attributes, Option<MembersChange>), ScimError> {
    let Value::Object(sent) = body else {
        return Err(ScimError::InvalidSyntax(
            "the body must be an object".to_owned(),
        ));
    };
    check_schemas(kind, &sent)?;
    let mut sent = attributes::without_core_urn(kind, sent);
    let members = match kind {
        Kind::Group => attributes::remove(&mut sent, "members"),
        Kind::User => None,
    };
    let members = members.map(MembersChange::replace_by).transpose()?;
    attributes::check_parts(sent.values())?;
    Ok((kept(kind, sent)?, members))
}

/// The schemas of a resource name its own, if there are any.
fn check_schemas(kind: Kind, sent: &Attributes) -> Result<(), ScimError> {
    let own = attributes::schema(kind);
    let wrong = || ScimError::InvalidSyntax(format!("schemas must contain {own}"));
    match attributes::get(sent, "schemas") {
        Some(Value::Array(schemas)) => {
            let mut named = schemas.iter().filter_map(Value::as_str);
            match named.any(|schema| schema.eq_ignore_ascii_case(own)) {
                true => Ok(()),
                false => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

/// Puts the content into a resource, and with it what it is found by.
pub(super) fn fill(
    kind: Kind,
    resource: &mut Resource,
    content: Attributes,
) -> Result<(), ScimError> {
    let text = |name: &str| {
        let text = attributes::get(&content, name).and_then(Value::as_str);
        let text = text.unwrap_or_default();
        match text.len() > MAX_NAME || text.contains(char::is_control) {
            true => Err(ScimError::InvalidValue(format!(
                "{name} is longer than {MAX_NAME} bytes or has control characters"
            ))),
            false => Ok(text.to_owned()),
        }
    };
    resource.name = text(name_attribute(kind))?;
    if resource.name.trim().is_empty() {
        let name = name_attribute(kind);
        return Err(ScimError::InvalidValue(format!("{name} is required")));
    }
    resource.external_id = text("externalId")?;
    if let Some(Value::Bool(active)) = content.get("active") {
        resource.active = *active;
    }
    let length = serde_json::to_string(&content).map_or(usize::MAX, |json| json.len());
    if length > MAX_CONTENT {
        return Err(ScimError::InvalidValue(format!(
            "the attributes have more than {MAX_CONTENT} bytes"
        )));
    }
    resource.content = content;
    Ok(())
}
