//! What a path, a query, and headers say.
#![allow(
    dead_code,
    reason = "these types describe what is sent and are never made"
)]

use okta_types::Checks;
use utoipa::IntoParams;

use crate::audit::Format;

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::api) struct NamePath {
    /// Name of the connection. That of the first one is `okta`.
    #[param(pattern = "^[a-z0-9][a-z0-9-]{0,63}$", example = "acme")]
    name: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::api) struct IdPath {
    /// The ID from the list.
    id: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::api) struct DomainParam {
    /// The domain.
    #[param(example = "acme.com")]
    domain: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct CheckParam {
    /// Whether Okta is asked before anything is saved. Default: `true`.
    check: Option<Checks>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct FormatParam {
    /// Downloads everything that matches. Default: a page.
    format: Option<Format>,
}

/// RFC 9110 §13.1.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::api) struct Conditions {
    /// The version that there has to be, or `*` for any.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
    /// `*`: there may be none yet.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::api) struct Known {
    /// The version that is known already.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::api) struct Once {
    /// The request is carried out once, however often it is sent with this key within a day.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}
