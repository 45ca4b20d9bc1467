//! Advanced options. Most admins never open them.

use leptos::prelude::*;
use okta_types::{ClientAuthentication, ConnectionOptions, GroupsFrom, MissingGroups};

#[component]
pub(super) fn Options(
    options: ConnectionOptions,
    authorization_server: String,
    has_api_token: bool,
    /// Whether the provider offers to bind tokens, as far as is known.
    offers_dpop: bool,
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
        pushed_requests,
        dpop,
        idle_seconds,
        lifetime_seconds,
        recheck_seconds,
        refresh_tokens,
        provisioned_only,
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
                hint="The name of this connection in these settings and, if it is offered there, on the sign-in page."
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
                    chosen=groups_from == GroupsFrom::Provisioning
                    value=GroupsFrom::Provisioning.as_str()
                    label="What Okta pushes by SCIM (provisioning)"
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
                    (ClientAuthentication::PrivateKeyJwt.as_str(), "Private key (private_key_jwt)"),
                ]
            />
            <p class="okta-hint">
                "With a private key, no client secret is needed: see “Private key” below. PKCE (S256) is always used."
            </p>
            <Checkbox
                label="Only people whom Okta has provisioned can sign in"
                name="provisioned_only"
                checked=provisioned_only
                hint="See Provisioning. Everybody else is signed out at once, so make sure that Okta has pushed your own \
                      account before you select this."
            />
            <Checkbox
                label="Send sign-in requests directly to Okta"
                name="pushed_requests"
                checked=pushed_requests
                hint="Pushed authorization requests (PAR): the browser carries only a reference, so nobody can read or change \
                      a request on the way. The provider must offer it."
            />
            <Duration
                label="Sign people out when they’re inactive for"
                name="idle_seconds"
                chosen=Some(idle_seconds)
                choices=IDLE
                none="0"
                otherwise="Never, only at the end of the session"
            />
            <Duration
                label="Sign people out after"
                name="lifetime_seconds"
                chosen=lifetime_seconds
                choices=LIFETIME
                none=""
                otherwise="As this app was set up (12 hours by default)"
            />
            <Duration
                label="Ask Okta again about people’s access and groups after"
                name="recheck_seconds"
                chosen=Some(recheck_seconds)
                choices=RECHECK
                none="0"
                otherwise="Never, only when they sign in"
            />
            <Checkbox
                label="Use refresh tokens"
                name="refresh_tokens"
                checked=refresh_tokens
                hint="Lets this app ask Okta again at any time, and gives it access tokens for your APIs. Without them, it asks \
                      Okta’s API if groups come from there, and otherwise through people’s browsers when they open a page, \
                      without showing them anything. In Okta, select Refresh Token under General → Grant type first. Apps \
                      from Okta’s catalog (OIN) must leave this off."
            />
            {(offers_dpop || dpop)
                .then(|| {
                    view! {
                        <Checkbox
                            label="Bind tokens to this app (DPoP)"
                            name="dpop"
                            checked=dpop
                            hint="A stolen token is useless: it is accepted only with a proof that this app alone can make. The \
                                  provider must offer it. In Okta, also select Require Demonstrating Proof of Possession \
                                  (DPoP) header in token requests, under General → General Settings."
                        />
                    }
                        .into_any()
                })}
        </details>
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const IDLE: &[u64] = &[15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR];
const LIFETIME: &[u64] = &[
    HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    24 * HOUR,
    7 * 24 * HOUR,
];
const RECHECK: &[u64] = &[5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR];

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
fn Checkbox(
    label: &'static str,
    name: &'static str,
    checked: bool,
    hint: &'static str,
) -> impl IntoView {
    let hint_id = format!("{}-hint", id(name));
    view! {
        <label class="okta-choice">
            <input
                type="checkbox"
                name=format!("typed[{name}]")
                value="on"
                checked=checked
                aria-describedby=hint_id.clone()
            />
            {label}
        </label>
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

/// A duration to choose. One that is not offered, because a program set it, is offered, too.
#[component]
fn Duration(
    label: &'static str,
    name: &'static str,
    chosen: Option<u64>,
    choices: &'static [u64],
    /// The value of the choice that is no duration.
    none: &'static str,
    /// What that choice means.
    otherwise: &'static str,
) -> impl IntoView {
    let id = id(name);
    let chosen = chosen.filter(|seconds| *seconds > 0);
    let mut offered = choices.to_vec();
    offered.extend(chosen.filter(|seconds| !choices.contains(seconds)));
    offered.sort_unstable();
    view! {
        <label for=id.clone()>{label}</label>
        <select id=id name=format!("typed[{name}]")>
            {offered
                .into_iter()
                .map(|seconds| {
                    view! {
                        <option value=seconds selected=chosen == Some(seconds)>
                            {in_words(seconds)}
                        </option>
                    }
                })
                .collect_view()}
            <option value=none selected=chosen.is_none()>
                {otherwise}
            </option>
        </select>
    }
}

/// In the largest unit that fits.
fn in_words(seconds: u64) -> String {
    let units = [
        (24 * HOUR, "day"),
        (HOUR, "hour"),
        (MINUTE, "minute"),
        (1, "second"),
    ];
    let unit = units
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = unit.unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

fn id(name: &str) -> String {
    format!("okta-{}", name.replace('_', "-"))
}
