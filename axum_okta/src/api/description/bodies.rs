//! Bodies that no type of ours is sent as.
#![allow(
    dead_code,
    clippy::large_enum_variant,
    reason = "these types describe what is sent and are never made"
)]

use okta_types::{
    AdminTokenSummary, Check, CheckReport, ConnectionForm, ConnectionOptions, ConnectionSummary,
    RoleTable, SessionSummary, SignInPolicy,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::problem::FieldError;

/// Why a request is not carried out (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct ProblemBody {
    r#type: String,
    /// The kind of problem.
    title: String,
    status: u16,
    /// What to do about this one.
    detail: String,
    /// What is wrong with which field of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    errors: Option<Vec<FieldError>>,
    /// The checks of which one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checks: Option<Vec<Check>>,
}

/// A connection, in either shape.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api) enum ConnectionBody {
    Flat(FlatConnection),
    Nested(NestedConnection),
}

/// A connection as it is returned, with its secrets.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct FlatConnection {
    #[serde(flatten)]
    form: ConnectionForm,
    /// Key of the organization whose connection it is. Default: as it is, or the name.
    organization: Option<String>,
    /// Whether anybody can sign in through it. Default: as it is, or yes.
    enabled: Option<bool>,
    /// Whether whoever signs in may choose it from a list. Default: as it is, or no.
    listed: Option<bool>,
    /// Where it is in lists. Default: as it is, or 0.
    place: Option<i64>,
    /// Who may sign in. Default: as it is, or everybody.
    sign_in_policy: Option<SignInPolicy>,
    /// Replaces the role table. Default: as it is.
    roles: Option<RoleTable>,
}

/// A connection in the shape that Cloudflare documents for an identity provider.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NestedConnection {
    /// The display name.
    name: Option<String>,
    r#type: Option<OnlyType>,
    config: NestedConfig,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::api) enum OnlyType {
    Okta,
}

#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NestedConfig {
    client_id: String,
    /// If left out, the stored one is kept, as long as the client ID and account don't change.
    client_secret: Option<String>,
    /// The Okta org, such as `https://acme.okta.com`.
    okta_account: String,
    /// The authorization server: `org`, `default`, or an ID. If left out, the account decides.
    authorization_server_id: Option<String>,
    /// If left out, the stored one is kept, as long as the domain doesn't change.
    api_token: Option<String>,
    organization: Option<String>,
    enabled: Option<bool>,
    listed: Option<bool>,
    place: Option<i64>,
    sign_in_policy: Option<SignInPolicy>,
    roles: Option<RoleTable>,
    #[serde(flatten)]
    options: ConnectionOptions,
}

/// Parts of a connection, in either shape. `null` is the default.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
pub(in crate::api) struct ConnectionPatch(serde_json::Map<String, serde_json::Value>);

/// The connection as it is now, or the checks that were asked for.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api) enum ChangedBody {
    Connection(ConnectionSummary),
    Checks(CheckReport),
}

#[derive(Serialize, ToSchema)]
pub(in crate::api) struct TokenList {
    tokens: Vec<AdminTokenSummary>,
}

#[derive(Serialize, ToSchema)]
pub(in crate::api) struct OwnSessionList {
    sessions: Vec<SessionSummary>,
}

#[derive(Serialize, ToSchema)]
pub(in crate::api) struct EndedBody {
    ended: usize,
}

/// The public keys of a client for provisioning.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct ClientKeysBody {
    /// A JWKS (RFC 7517), as an object or as text.
    #[schema(value_type = Object)]
    jwks: serde_json::Value,
}
