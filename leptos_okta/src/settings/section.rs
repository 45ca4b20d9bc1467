//! The sections of the console, each with an address of its own below the app's route.

use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch};

/// The name of the section's parameter, in the route and in the query.
pub(super) const SECTION: &str = "section";

/// The end of the console's route: matches its path with or without a section.
///
/// Unlike axum's wildcards, it also matches nothing, and unlike `:section?`, it sets the parameter
/// `section` even then. That is how [`OktaSettings`](crate::OktaSettings) knows that its sections
/// have paths.
///
/// ```
/// use leptos_okta::OktaSection;
/// use leptos_router::{PossibleRouteMatch, path};
///
/// let route = (path!("/settings/okta"), OktaSection);
/// for (path, section) in [("/settings/okta", ""), ("/settings/okta/", ""), ("/settings/okta/roles", "roles")] {
///     let found = route.test(path).unwrap();
///     assert_eq!(found.params(), [("section".into(), section.to_owned())]);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OktaSection;

impl PossibleRouteMatch for OktaSection {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let section = path.strip_prefix('/').unwrap_or(path);
        let section = section.split('/').next().unwrap_or_default();
        let length = path.len().min(1 + section.len());
        let (matched, rest) = path.split_at(length);
        let params = vec![(SECTION.into(), section.to_owned())];
        Some(PartialPathMatch::new(rest, params, matched))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.push(PathSegment::OptionalParam(SECTION.into()));
    }
}

/// What the console shows at one address.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Connection,
    Roles,
    People,
    Provisioning,
    Activity,
    /// Tokens for programs.
    Tokens,
    /// All connections, of an app with more than one.
    Connections,
}

#[cfg(feature = "ssr")]
impl Section {
    /// In the order of the navigation.
    pub(super) const ALL: [Self; 8] = [
        Self::Overview,
        Self::Connection,
        Self::Roles,
        Self::People,
        Self::Provisioning,
        Self::Activity,
        Self::Tokens,
        Self::Connections,
    ];

    /// The section with this name, if there is one.
    pub(super) fn of(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.slug() == slug)
    }

    /// Its name in the address.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Connection => "connection",
            Self::Roles => "roles",
            Self::People => "people",
            Self::Provisioning => "provisioning",
            Self::Activity => "activity",
            Self::Tokens => "api",
            Self::Connections => "connections",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Connection => "Connection",
            Self::Roles => "Roles",
            Self::People => "People",
            Self::Provisioning => "Provisioning",
            Self::Activity => "Activity",
            Self::Tokens => "API",
            Self::Connections => "Connections",
        }
    }

    /// What it is for, in a sentence.
    pub(super) fn lead(self) -> &'static str {
        match self {
            Self::Overview => "The state of sign-in with Okta at a glance.",
            Self::Connection => "The Okta app that people sign in through.",
            Self::Roles => "Who gets which role in this app, based on their Okta groups.",
            Self::People => "Who is signed in, and in which browsers.",
            Self::Provisioning => "The people and groups that Okta pushes to this app (SCIM).",
            Self::Activity => {
                "Sign-ins and changes to these settings. Entries are kept for a year."
            }
            Self::Tokens => "Tokens with which programs read and change these settings.",
            Self::Connections => {
                "The organizations that sign in here, each with an Okta of its own."
            }
        }
    }

    /// The path of an icon, 16 by 16, drawn as an outline.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Overview => {
                "M2.5 2.5h4.5v5h-4.5zM9 2.5h4.5v3H9zM9 8h4.5v5.5H9zM2.5 10h4.5v3.5h-4.5z"
            }
            Self::Connection => {
                "M6.5 9.5l3-3M7.3 4.7l1.2-1.2a2.8 2.8 0 0 1 4 4l-1.2 1.2M8.7 11.3l-1.2 1.2a2.8 2.8 0 0 1-4-4l1.2-1.2"
            }
            Self::Roles => {
                "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 3a2.3 2.3 0 0 1 0 \
                 4.3M12 9.9c1.6.5 2.5 1.8 2.5 3.6"
            }
            Self::People => {
                "M2 3h12v8H2zM6 13.5h4M8 11v2.5M5.5 9c.3-1.1 1.3-1.7 2.5-1.7s2.2.6 2.5 1.7M8 7.3a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4z"
            }
            Self::Provisioning => "M8 2.5v7M5 6.5l3 3 3-3M2.5 10.5v3h11v-3",
            Self::Activity => "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
            Self::Tokens => "M5.5 4.5l-3.5 3.5 3.5 3.5M10.5 4.5l3.5 3.5-3.5 3.5M9 3l-2 10",
            Self::Connections => {
                "M2 13.5v-8h5v8zM7 13.5v-11h7v11zM4 8h1M4 10.5h1M9.5 5.5h2M9.5 8h2M9.5 10.5h2"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_one_segment_and_may_be_missing() {
        for (path, section, rest) in [
            ("", "", ""),
            ("/", "", ""),
            ("/roles", "roles", ""),
            ("/roles/", "roles", "/"),
            ("/roles/7", "roles", "/7"),
        ] {
            let found = OktaSection.test(path).unwrap();
            assert_eq!(found.remaining(), rest, "{path}");
            assert_eq!(found.params(), [(SECTION.into(), section.to_owned())]);
        }
    }

    #[test]
    fn every_section_has_an_address_of_its_own() {
        for section in Section::ALL {
            assert_eq!(Section::of(section.slug()), Some(section));
        }
        assert_eq!(Section::of("nonsense"), None);
    }
}
