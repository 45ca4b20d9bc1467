//! What an admin types: the one place that makes connection forms and role tables.

use axum_okta::{
    connection::{ConnectionForm, GroupsFrom},
    roles::{RoleRule, RoleTable},
};

use super::provider::{API_TOKEN, CLIENT_ID, CLIENT_SECRET, Provider};

/// The form with all values right.
pub fn form(provider: &Provider) -> ConnectionForm {
    form_for(&provider.issuer)
}

/// The same, with changes.
pub fn form_with(provider: &Provider, change: impl FnOnce(&mut ConnectionForm)) -> ConnectionForm {
    let mut form = form(provider);
    change(&mut form);
    form
}

/// The right client at this issuer, whatever that is.
pub fn form_for(issuer: &str) -> ConnectionForm {
    ConnectionForm::new(CLIENT_ID, CLIENT_SECRET, issuer)
}

/// The form with all values right, and groups from Okta's API.
pub fn api_form(provider: &Provider) -> ConnectionForm {
    form_with(provider, |form| {
        form.options.groups_from = GroupsFrom::Api;
        form.api_token = API_TOKEN.to_owned();
    })
}

/// The form with all values right, and refresh tokens.
pub fn refresh_form(provider: &Provider) -> ConnectionForm {
    form_with(provider, |form| form.options.refresh_tokens = true)
}

/// A role table of pairs, group and role.
pub fn table(rules: &[(&str, &str)]) -> RoleTable {
    let rules = rules.iter();
    RoleTable::new(
        rules
            .map(|(group, role)| RoleRule::new(*group, *role))
            .collect(),
    )
}

/// The same, with a role for whoever gets none by a rule.
pub fn table_with_default(rules: &[(&str, &str)], role: &str) -> RoleTable {
    table(rules).with_default_role(role)
}
