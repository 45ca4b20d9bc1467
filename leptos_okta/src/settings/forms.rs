//! The fields of the console's forms. All values are text until the server parses them: a form that
//! can't be parsed still returns to the page it came from, which says so and keeps what was
//! entered.
#![cfg_attr(
    not(feature = "ssr"),
    allow(dead_code, reason = "a browser sends its forms by itself")
)]

use std::fmt;

use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
#[cfg(feature = "ssr")]
use okta_types::{
    AdminTokenForm, ConnectionChange, ConnectionForm, ConnectionOptions, ProvisionedClaim,
    ProvisioningForm, RoleRule, RoleTable,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The encoding of a form. Unlike `server_fn`'s own, it tells the person if the body can't be
/// parsed.
#[derive(Debug)]
pub struct FormBody;

/// How deep fields nest: `rows[0][group]`.
const MAX_DEPTH: usize = 5;

impl ContentType for FormBody {
    const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
}

impl FormatType for FormBody {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for FormBody {
    type Error = serde_qs::Error;

    fn encode(form: &T) -> Result<Bytes, Self::Error> {
        serde_qs::to_string(form).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for FormBody {
    type Error = serde_qs::Error;

    fn decode(body: Bytes) -> Result<T, Self::Error> {
        let form = serde_qs::Config::new(MAX_DEPTH, false).deserialize_bytes(&body);
        #[cfg(feature = "ssr")]
        if form.is_err() {
            super::back::refuse_body(&body);
        }
        form
    }
}

/// The connection form, as entered.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedConnection {
    client_id: String,
    client_secret: String,
    issuer: String,
    authorization_server: String,
    api_token: String,
    display_name: String,
    scopes: String,
    claims: String,
    groups_from: String,
    groups_claim: String,
    missing_groups: String,
    client_authentication: String,
    /// Checkboxes: nothing is sent where one isn't checked.
    pushed_requests: String,
    dpop: String,
    refresh_tokens: String,
    provisioned_only: String,
    idle_seconds: String,
    lifetime_seconds: String,
    recheck_seconds: String,
}

#[cfg(feature = "ssr")]
impl TypedConnection {
    /// Parses the form; `Err` with what could be parsed if a choice is not one of those offered.
    pub(super) fn parse(self) -> Result<ConnectionForm, Box<ConnectionForm>> {
        let groups_from = choice(&self.groups_from);
        let missing_groups = choice(&self.missing_groups);
        let client_authentication = choice(&self.client_authentication);
        let defaults = ConnectionOptions::default();
        let idle = seconds(&self.idle_seconds, defaults.idle_seconds);
        let lifetime = seconds(&self.lifetime_seconds, None);
        let recheck = seconds(&self.recheck_seconds, defaults.recheck_seconds);
        let complete = groups_from.is_some()
            && missing_groups.is_some()
            && client_authentication.is_some()
            && idle.is_some()
            && lifetime.is_some()
            && recheck.is_some();
        let mut form = ConnectionForm::new(self.client_id, self.client_secret, self.issuer);
        form.authorization_server = self.authorization_server;
        form.api_token = self.api_token;
        let options = &mut form.options;
        options.display_name = self.display_name;
        options.scopes = words(&self.scopes);
        options.claims = words(&self.claims);
        options.groups_from = groups_from.unwrap_or_default();
        options.groups_claim = self.groups_claim;
        options.missing_groups = missing_groups.unwrap_or_default();
        options.client_authentication = client_authentication.unwrap_or_default();
        options.pushed_requests = !self.pushed_requests.is_empty();
        options.dpop = !self.dpop.is_empty();
        options.idle_seconds = idle.unwrap_or(defaults.idle_seconds);
        options.lifetime_seconds = lifetime.unwrap_or_default();
        options.recheck_seconds = recheck.unwrap_or(defaults.recheck_seconds);
        options.refresh_tokens = !self.refresh_tokens.is_empty();
        options.provisioned_only = !self.provisioned_only.is_empty();
        if complete { Ok(form) } else { Err(form.into()) }
    }
}

/// What a connection is in this app, as entered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedStanding {
    display_name: String,
    /// Not sent by admins of one organization, who can't change it; and so are the others.
    organization: Option<String>,
    place: Option<String>,
    /// Checkboxes: nothing is sent where they aren't checked.
    enabled: Option<String>,
    listed: Option<String>,
}

#[cfg(feature = "ssr")]
impl TypedStanding {
    pub(super) fn parse(self) -> Option<ConnectionChange> {
        let change = ConnectionChange::default().display_name(self.display_name);
        let Some(organization) = self.organization else {
            return Some(change);
        };
        let place: i64 = self.place.unwrap_or_default().trim().parse().ok()?;
        Some(
            change
                .organization(organization)
                .place(place)
                .enabled(self.enabled.is_some())
                .listed(self.listed.is_some()),
        )
    }
}

/// What a token is to be, as entered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedToken {
    name: String,
    access: String,
    days: String,
    connections: String,
}

#[cfg(feature = "ssr")]
impl TypedToken {
    pub(super) fn parse(self) -> Option<AdminTokenForm> {
        let names = words(&self.connections);
        let form = AdminTokenForm::new(self.name)
            .access(choice(&self.access)?)
            .days(self.days.trim().parse().ok()?);
        Some(form.connections(Some(names).filter(|names| !names.is_empty())))
    }
}

/// Hides the secrets.
impl fmt::Debug for TypedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedConnection")
            .field("client_id", &self.client_id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Parses a choice by its name in JSON. An empty choice is the default.
#[cfg(feature = "ssr")]
fn choice<T: Default + DeserializeOwned>(typed: &str) -> Option<T> {
    use serde::de::{IntoDeserializer, value::Error};

    if typed.is_empty() {
        return Some(T::default());
    }
    T::deserialize(IntoDeserializer::<Error>::into_deserializer(typed)).ok()
}

/// Parses a number of seconds. An empty one is the default.
#[cfg(feature = "ssr")]
fn seconds<T: From<u64>>(typed: &str, default: T) -> Option<T> {
    if typed.is_empty() {
        return Some(default);
    }
    typed.parse::<u64>().ok().map(T::from)
}

/// Words separated by spaces, commas, or both.
#[cfg(feature = "ssr")]
fn words(typed: &str) -> Vec<String> {
    typed
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A row of the role table, as entered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedRole {
    group: String,
    role: String,
}

#[cfg(feature = "ssr")]
pub(super) fn role_table(rows: Vec<TypedRole>, default_role: String) -> RoleTable {
    let rules = rows.into_iter();
    let rules = rules.map(|row| RoleRule::new(row.group, row.role));
    RoleTable::new(rules.collect()).with_default_role(default_role)
}

/// A row of the attributes that become claims, as entered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedClaim {
    attribute: String,
    claim: String,
}

#[cfg(feature = "ssr")]
pub(super) fn provisioning(rows: Vec<TypedClaim>, roles: &str) -> ProvisioningForm {
    let claims = rows.into_iter();
    let claims = claims.map(|row| ProvisionedClaim::new(row.attribute, row.claim));
    ProvisioningForm::default()
        .roles(!roles.is_empty())
        .claims(claims.collect())
}

/// What a button of the role table does, or of another list of rows. Rows are counted from 0.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RolesAction {
    Save,
    Add,
    Remove(usize),
    Up(usize),
    Down(usize),
    Discard,
}

#[cfg(feature = "ssr")]
impl RolesAction {
    /// Parses the value of the button, such as `remove-3`.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let (verb, row) = match value.split_once('-') {
            Some((verb, row)) => (verb, Some(row.parse().ok()?)),
            None => (value, None),
        };
        Some(match (verb, row) {
            // No button: sent by a program, or by Enter in a very old browser.
            ("save" | "", None) => Self::Save,
            ("add", None) => Self::Add,
            ("discard", None) => Self::Discard,
            ("remove", Some(row)) => Self::Remove(row),
            ("up", Some(row)) => Self::Up(row),
            ("down", Some(row)) => Self::Down(row),
            _ => return None,
        })
    }

    /// Applies the action. A row that doesn't exist is ignored.
    pub(super) fn apply(self, table: &mut RoleTable) {
        let rules = &mut table.rules;
        let mut swap = |upper: usize, lower: usize| {
            if lower < rules.len() {
                rules.swap(upper, lower);
            }
        };
        match self {
            Self::Up(row) if row > 0 => swap(row - 1, row),
            Self::Down(row) => swap(row, row.saturating_add(1)),
            Self::Add => rules.push(RoleRule::new("", "")),
            Self::Remove(row) if row < rules.len() => {
                rules.remove(row);
            }
            _ => {}
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use okta_types::GroupsFrom;

    use super::*;

    fn decode<T: DeserializeOwned>(body: &'static str) -> Option<T> {
        FormBody::decode(Bytes::from_static(body.as_bytes())).ok()
    }

    #[test]
    fn what_is_missing_is_empty_and_a_choice_that_is_none_keeps_the_rest() {
        let typed: TypedConnection = decode("client_id=a&unknown=b").unwrap();
        let form = typed.parse().unwrap();
        assert_eq!(form.client_id, "a");
        assert_eq!(form.options.groups_from, GroupsFrom::Claim);

        for nonsense in [
            "groups_from=nonsense",
            "idle_seconds=-1",
            "lifetime_seconds=long",
            "recheck_seconds=1h",
        ] {
            let body = format!("issuer=dev-1.okta.com&{nonsense}");
            let typed: TypedConnection = FormBody::decode(Bytes::from(body)).unwrap();
            assert_eq!(typed.parse().unwrap_err().issuer, "dev-1.okta.com");
        }
    }

    #[test]
    fn lifetimes_are_seconds_and_empty_ones_the_defaults() {
        let parsed = |body| decode::<TypedConnection>(body).unwrap().parse().unwrap();
        let defaults = ConnectionOptions::default();
        let options = parsed("idle_seconds=&lifetime_seconds=").options;
        assert_eq!(options.idle_seconds, defaults.idle_seconds);
        assert_eq!(options.lifetime_seconds, None);
        let options = parsed("idle_seconds=0&lifetime_seconds=900").options;
        assert_eq!(
            (options.idle_seconds, options.lifetime_seconds),
            (0, Some(900))
        );
        assert!(!options.refresh_tokens && !options.dpop);
        assert!(parsed("refresh_tokens=on").options.refresh_tokens);
        assert!(parsed("dpop=on").options.dpop);
    }

    #[test]
    fn rows_are_added_removed_and_moved() {
        let table = |groups: &[&str]| {
            let rules = groups.iter().map(|group| RoleRule::new(*group, "r"));
            RoleTable::new(rules.collect())
        };
        for (action, expected) in [
            ("remove-1", ["a", "c"].as_slice()),
            ("remove-7", &["a", "b", "c"]),
            ("up-0", &["a", "b", "c"]),
            ("up-2", &["a", "c", "b"]),
            ("down-0", &["b", "a", "c"]),
            ("down-2", &["a", "b", "c"]),
            ("down-18446744073709551615", &["a", "b", "c"]),
        ] {
            let mut changed = table(&["a", "b", "c"]);
            RolesAction::parse(action).unwrap().apply(&mut changed);
            assert_eq!(changed, table(expected), "{action}");
        }
        for nonsense in ["add-1", "remove", "remove--1", "remove-x", "explode"] {
            assert_eq!(RolesAction::parse(nonsense), None, "{nonsense}");
        }
        assert_eq!(RolesAction::parse(""), Some(RolesAction::Save));
    }
}
