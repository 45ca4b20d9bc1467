//! Advanced options. Most admins never open them.

use leptos::prelude::*;
use okta_types::{ClientAuthentication, ConnectionOptions, GroupsFrom, MissingGroups};

#[component]
pub(super) fn Options(
    options: ConnectionOptions,
    authorization_server: String,
    has_api_token: bool,
) -> impl IntoView {
    let changed = options != ConnectionOptions::default() || !authorization_server.is_empty();
    let ConnectionOptions {
        display_name,
        scopes,
        claims,
        groups_from,
        groups_claim,
        missing_groups,
        client_authentication,
        ..
    } = options;
    let token_hint = if has_api_token {
        "Leave empty to keep the stored token. It is encrypted and never shown again."
    } else {
        "From Security → API → Tokens, created by an admin who can only read users and groups. It is stored encrypted and \
         never shown again."
    };
    view! {
        <details class="okta-options" open=changed>
            <summary>"Advanced options"</summary>
            <Field
                label="Display name"
                name="display_name"
                value=display_name
                hint="The name of this connection in these settings."
            />
            <Field
                label="Authorization server"
                name="authorization_server"
                value=authorization_server
                hint="Leave empty to use the issuer URI. Otherwise “org” (Okta’s own), “default”, or the ID of one of yours."
            />
            <fieldset>
                <legend>"Group source"</legend>
                <Choice
                    chosen=groups_from == GroupsFrom::Claim
                    value=GroupsFrom::Claim.as_str()
                    label="A claim in Okta’s tokens, for up to 100 groups"
                />
                <Choice
                    chosen=groups_from == GroupsFrom::Api
                    value=GroupsFrom::Api.as_str()
                    label="Okta’s API, for any number of groups"
                />
                <Choice
                    chosen=groups_from == GroupsFrom::Nowhere
                    value=GroupsFrom::Nowhere.as_str()
                    label="None: this app doesn’t use groups"
                />
                <div class="okta-if-claim">
                    <Field
                        label="Groups claim"
                        name="groups_claim"
                        value=groups_claim
                        hint="The claim’s name in Okta, usually “groups”."
                    />
                </div>
                <div class="okta-if-api">
                    <label for="okta-api-token">"API token"</label>
                    <input
                        id="okta-api-token"
                        name="typed[api_token]"
                        type="password"
                        maxlength="1024"
                        autocomplete="new-password"
                        aria-describedby="okta-api-token-hint"
                    />
                    <p class="okta-hint" id="okta-api-token-hint">
                        {token_hint}
                    </p>
                </div>
            </fieldset>
            <Select
                label="If groups can’t be loaded"
                name="missing_groups"
                chosen=missing_groups.as_str()
                choices=vec![
                    (MissingGroups::RefuseIfNeeded.as_str(), "Refuse sign-in if any role depends on groups"),
                    (MissingGroups::Refuse.as_str(), "Always refuse sign-in"),
                    (MissingGroups::Continue.as_str(), "Sign in without groups"),
                ]
            />
            <Field
                label="Extra scopes"
                name="scopes"
                value=scopes.join(" ")
                hint="In addition to openid, profile, email and groups. Separate with spaces."
            />
            <Field
                label="Extra claims"
                name="claims"
                value=claims.join(" ")
                hint="Claims that this app’s developers asked for. Separate names with spaces."
            />
            <Select
                label="Client authentication"
                name="client_authentication"
                chosen=client_authentication.as_str()
                choices=vec![
                    (ClientAuthentication::Automatic.as_str(), "Automatic"),
                    (ClientAuthentication::ClientSecretBasic.as_str(), "client_secret_basic"),
                    (ClientAuthentication::ClientSecretPost.as_str(), "client_secret_post"),
                ]
            />
            <p class="okta-hint">"PKCE (S256) is always used."</p>
        </details>
    }
}

/// A line of text with its hint.
#[component]
fn Field(
    label: &'static str,
    name: &'static str,
    value: String,
    hint: &'static str,
) -> impl IntoView {
    let id = id(name);
    let hint_id = format!("{id}-hint");
    view! {
        <label for=id.clone()>{label}</label>
        <input
            id=id
            name=format!("typed[{name}]")
            maxlength="2048"
            spellcheck="false"
            autocapitalize="off"
            aria-describedby=hint_id.clone()
            value=value
        />
        <p class="okta-hint" id=hint_id>
            {hint}
        </p>
    }
}

#[component]
fn Choice(chosen: bool, value: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <label class="okta-choice">
            <input type="radio" name="typed[groups_from]" value=value checked=chosen/>
            {label}
        </label>
    }
}

#[component]
fn Select(
    label: &'static str,
    name: &'static str,
    chosen: &'static str,
    choices: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let id = id(name);
    view! {
        <label for=id.clone()>{label}</label>
        <select id=id name=format!("typed[{name}]")>
            {choices
                .into_iter()
                .map(|(value, label)| {
                    view! {
                        <option value=value selected=value == chosen>
                            {label}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
}

fn id(name: &str) -> String {
    format!("okta-{}", name.replace('_', "-"))
}
