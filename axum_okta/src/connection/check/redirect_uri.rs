//! Whether Okta would bring a sign-in back to this app, with the scopes that it asks for.

use okta_types::{Check, CheckName};
use openidconnect::{HttpResponse, core::CoreAuthPrompt};
use url::Url;

use super::{
    failed, offer, passed, unknown,
    wording::{asks_for, said, sentence},
};
use crate::{
    connection::oidc::{Metadata, RelyingParty, Wishes},
    telemetry::ProviderRequest,
};

/// A silent authorization request gets a response at the redirect URI only if that is registered,
/// and the response says whether the scopes are accepted.
pub(super) async fn check(party: &RelyingParty, metadata: &Metadata, checks: &mut Vec<Check>) {
    let name = CheckName::RedirectUri;
    let silently = Wishes {
        prompt: Some(CoreAuthPrompt::None),
        ..Wishes::default()
    };
    let request = match party.authorization_request_to(metadata, silently).await {
        Ok(request) => request,
        Err(error) => {
            checks.push(offer::refused_push(&error));
            return;
        }
    };
    let http = party.provider.http();
    let answer = match http.get(ProviderRequest::Authorization, &request.url).await {
        Ok(answer) => answer,
        Err(error) => {
            checks.push(failed(
                name,
                sentence(&error),
                "This server must be able to reach the authorization endpoint. Try again.",
            ));
            return;
        }
    };
    let extra_scopes = party.config.options.scopes.join(" ");
    let status = answer.status();
    let error = error_at_callback(&answer, &request.url, &party.redirect_uri);
    let (error, description) = error.unzip();
    let description = description.flatten();
    let said = said(description.as_deref());
    let comes_back = || {
        passed(
            name,
            format!(
                "Okta redirects to {} as expected.",
                party.redirect_uri.as_str()
            ),
        )
    };
    match error.as_deref() {
        Some("invalid_scope") if !extra_scopes.is_empty() => {
            checks.push(comes_back());
            checks.push(failed(
                CheckName::Scopes,
                format!("Okta doesn't know all of these scopes: {extra_scopes}.{said}"),
                "Remove the scope, or add it in Okta: Security → API → Authorization Servers → your server → Scopes. \
                 The org authorization server has no custom scopes.",
            ));
        }
        Some("invalid_request") if asks_for(description.as_deref(), "pushed") => {
            checks.push(offer::pushed_requests_required(&said));
        }
        Some(
            error @ ("invalid_scope" | "unauthorized_client" | "unsupported_response_type"
            | "invalid_request"),
        ) => checks.push(failed(
            name,
            format!(
                "The redirect URI is registered, but Okta responds to a sign-in with “{error}”.{said}"
            ),
            match error {
                "invalid_scope" => {
                    "Allow this app the scopes openid, profile, and email. In Okta: Security → API → Authorization \
                     Servers → your server → Access Policies."
                }
                "invalid_request" => {
                    "Change what the message names, in the app → General → General Settings → Edit, or ask the \
                     provider's support."
                }
                _ => {
                    "In Okta, open the app → General → General Settings → Edit, and switch on Authorization Code under \
                     Grant type."
                }
            },
        )),
        Some(_) => {
            checks.push(comes_back());
            if !extra_scopes.is_empty() {
                checks.push(passed(
                    CheckName::Scopes,
                    format!("Okta accepts a sign-in with {extra_scopes}."),
                ));
            }
        }
        None if status.is_client_error() => checks.push(failed(
            name,
            format!(
                "Okta rejects a sign-in that returns to {} (status {}).",
                party.redirect_uri.as_str(),
                status.as_u16()
            ),
            "In Okta, open the app → General → LOGIN → Edit, and add exactly this address to the \
             Sign-in redirect URIs. If it is there already, check the client ID.",
        )),
        None => {
            checks.push(unknown(
                name,
                "This provider shows its sign-in page without confirming that the redirect URI is registered."
                    .to_owned(),
            ));
            if !extra_scopes.is_empty() {
                checks.push(unknown(
                    CheckName::Scopes,
                    "Only a sign-in shows whether Okta knows them. Run a test sign-in.".to_owned(),
                ));
            }
        }
    }
}

/// The `error` in the provider's redirect to our callback, and its description. A code counts as
/// the error "none".
fn error_at_callback(
    answer: &HttpResponse,
    asked: &Url,
    callback: &str,
) -> Option<(String, Option<String>)> {
    if !answer.status().is_redirection() {
        return None;
    }
    let location = answer
        .headers()
        .get(http::header::LOCATION)?
        .to_str()
        .ok()?;
    let location = asked.join(location).ok()?;
    let mut without_query = location.clone();
    without_query.set_query(None);
    without_query.set_fragment(None);
    if without_query.as_str() != callback {
        return None;
    }
    let parameter = |wanted: &str| {
        let mut parameters = location.query_pairs();
        let found = parameters.find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let error = parameter("error").unwrap_or_else(|| "none".to_owned());
    Some((error, parameter("error_description")))
}
