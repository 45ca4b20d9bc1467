//! Where the console is in the app, and the addresses in it.

use std::fmt::Write;

use percent_encoding::utf8_percent_encode;

use super::section::{SECTION, Section};
use crate::sign_in::QUERY_VALUE;

/// Where a form returns to if it doesn't say where it was sent from.
pub(super) const DEFAULT_PATH: &str = "/settings/okta";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Console {
    /// The path of the overview.
    base: String,
    /// Whether sections have paths, rather than a query parameter.
    by_path: bool,
    /// The connection whose settings these are, if the address names one.
    connection: Option<String>,
}

/// The name of the connection's parameter in the query.
pub(super) const CONNECTION: &str = "connection";

impl Console {
    /// From the path of a page in the console, and the route's parameter, if it has one.
    pub(super) fn new(path: &str, parameter: Option<&str>) -> Self {
        let path = path.trim_end_matches('/');
        let base = match parameter {
            Some(section) => path.strip_suffix(section).unwrap_or(path),
            None => path,
        };
        Self {
            base: base.trim_end_matches('/').to_owned(),
            by_path: parameter.is_some(),
            connection: None,
        }
    }

    /// The same of this connection.
    pub(super) fn of(mut self, connection: Option<String>) -> Self {
        self.connection = connection;
        self
    }

    /// The address of a section.
    pub(super) fn href(&self, section: Section) -> String {
        let connection = self.connection.as_deref();
        let connection = connection.filter(|_| section != Section::Connections);
        let address = self.path(section);
        with_query(&address, connection.map(|name| (CONNECTION, name)))
    }

    fn path(&self, section: Section) -> String {
        match section.slug() {
            "" if self.base.is_empty() => "/".to_owned(),
            "" => self.base.clone(),
            slug if self.by_path => format!("{}/{slug}", self.base),
            slug => format!("{}?{SECTION}={slug}", self.base),
        }
    }

    /// The parameters that a form with method GET must include.
    pub(super) fn hidden_parameters(&self, section: Section) -> Vec<(&'static str, String)> {
        let by_query = !self.by_path && section != Section::Overview;
        let slug = by_query.then(|| (SECTION, section.slug().to_owned()));
        let connection = self.connection.clone();
        let connection = connection.filter(|_| section != Section::Connections);
        let connection = connection.map(|name| (CONNECTION, name));
        slug.into_iter().chain(connection).collect()
    }
}

/// The address with parameters added to its query. Values are escaped.
pub(crate) fn with_query<'a>(
    address: &str,
    pairs: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> String {
    let mut address = address.to_owned();
    for (name, value) in pairs {
        let separator = if address.contains('?') { '&' } else { '?' };
        let value = utf8_percent_encode(value, QUERY_VALUE);
        let _never_fails = write!(address, "{separator}{name}={value}");
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_paths_where_the_route_has_room_for_them() {
        for (path, parameter) in [
            ("/settings/okta", ""),
            ("/settings/okta/", ""),
            ("/settings/okta/roles", "roles"),
            ("/settings/okta/roles/", "roles"),
            ("/settings/okta/nonsense", "nonsense"),
        ] {
            let console = Console::new(path, Some(parameter));
            assert_eq!(console.href(Section::Overview), "/settings/okta");
            assert_eq!(console.href(Section::Roles), "/settings/okta/roles");
            assert_eq!(console.hidden_parameters(Section::Roles), []);
        }
    }

    #[test]
    fn elsewhere_they_are_in_the_query() {
        let console = Console::new("/admin/sso", None);
        assert_eq!(console.href(Section::Overview), "/admin/sso");
        assert_eq!(
            console.href(Section::Activity),
            "/admin/sso?section=activity"
        );
        let hidden = console.hidden_parameters(Section::Activity);
        assert_eq!(hidden, [("section", "activity".to_owned())]);
    }

    #[test]
    fn a_connection_that_the_address_names_is_kept() {
        let console = Console::new("/okta/roles", Some("roles")).of(Some("acme".to_owned()));
        assert_eq!(console.href(Section::Overview), "/okta?connection=acme");
        assert_eq!(console.href(Section::Roles), "/okta/roles?connection=acme");
        assert_eq!(console.href(Section::Connections), "/okta/connections");
        let hidden = console.hidden_parameters(Section::Roles);
        assert_eq!(hidden, [("connection", "acme".to_owned())]);
        assert_eq!(console.hidden_parameters(Section::Connections), []);
        let console = Console::new("/sso", None).of(Some("acme".to_owned()));
        assert_eq!(
            console.href(Section::Roles),
            "/sso?section=roles&connection=acme"
        );
    }

    #[test]
    fn a_query_is_added_to_and_escaped() {
        assert_eq!(with_query("/a", [("b", "c d&e")]), "/a?b=c%20d%26e");
        assert_eq!(
            with_query("/a?b=c", [("d", "ü"), ("e", "")]),
            "/a?b=c&d=%C3%BC&e="
        );
    }
}
