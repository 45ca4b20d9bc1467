//! What a filter asks for, if an index of the database has it.

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter};

use super::{
    attributes::{is_core, name_attribute},
    filter::moment,
};
use crate::store::{By, Kind};

/// Of whom there is one: by name, ID, or external ID.
pub(super) fn by(kind: Kind, filter: &Filter) -> Option<By<'_>> {
    let Filter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(value))) = filter
    else {
        return None;
    };
    if path.sub_attr.is_some() || !is_core(kind, path) {
        return None;
    }
    match &path.name.to_ascii_lowercase()[..] {
        "id" => Some(By::Id(value)),
        "externalid" => Some(By::ExternalId(value)),
        name if name.eq_ignore_ascii_case(name_attribute(kind)) => Some(By::Name(value)),
        _ => None,
    }
}

/// The email address that everybody has whom the filter finds, if it asks for nothing else.
pub(super) fn email(filter: &Filter) -> Option<&str> {
    let is_emails =
        |path: &AttrPath| is_core(Kind::User, path) && path.name.eq_ignore_ascii_case("emails");
    let is_value = |name: &str| name.eq_ignore_ascii_case("value");
    let address = match filter {
        Filter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(address)))
            if is_emails(path) && path.sub_attr.as_deref().is_none_or(is_value) =>
        {
            address
        }
        Filter::ValuePath(path) if is_emails(&path.attr) && path.attr.sub_attr.is_none() => {
            match &*path.filter {
                ValFilter::Attr(AttrExp::Comparison(
                    path,
                    CompareOp::Eq,
                    CompValue::Str(address),
                )) if is_value(&path.name) => address,
                _ => return None,
            }
        }
        _ => return None,
    };
    // A moment is found however it is written, and the index has one way to write it.
    moment(address).is_none().then_some(&**address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::filter::parse;

    #[test]
    fn an_email_is_looked_up_if_nothing_else_is_asked_for() {
        for text in [
            r#"emails.value eq "ada@home.example""#,
            r#"Emails eq "ada@home.example""#,
            r#"emails[VALUE eq "ada@home.example"]"#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:emails.value eq "ada@home.example""#,
        ] {
            let filter = parse(text).unwrap();
            assert_eq!(email(&filter), Some("ada@home.example"), "{text}");
        }
        for text in [
            r#"emails.value sw "ada@home.example""#,
            r#"emails.type eq "work""#,
            r#"emails[type eq "work"]"#,
            r#"emails[type eq "work" and value eq "ada@home.example"]"#,
            r#"not (emails.value eq "ada@home.example")"#,
            r#"emails.value eq "ada@home.example" or active eq true"#,
            r#"emails.value eq "2026-05-13T04:42:34Z""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:emails eq "x""#,
            "emails eq null",
        ] {
            assert_eq!(email(&parse(text).unwrap()), None, "{text}");
        }
    }
}
