//! Whether the token endpoint accepts the client ID and secret.

use okta_types::{Check, CheckName};
use openidconnect::{
    AuthorizationCode, PkceCodeVerifier, RequestTokenError, core::CoreErrorResponseType,
};

use super::{
    failed, passed, possession, unknown,
    wording::{said, sentence, shortened},
};
use crate::{
    connection::oidc::{Authentication, Metadata, RelyingParty},
    outbound::HttpError,
    random_token,
};

/// An invented code at the token endpoint tells valid credentials (`invalid_grant`) from invalid
/// ones (`invalid_client`): RFC 6749 §5.2.
pub(super) async fn check(party: &RelyingParty, metadata: &Metadata) -> Check {
    let name = CheckName::Credentials;
    let answer = party
        .redeem(
            metadata,
            AuthorizationCode::new(random_token()),
            PkceCodeVerifier::new(random_token()),
        )
        .await;
    match answer {
        Err(RequestTokenError::ServerResponse(response)) => {
            let description = response.error_description().map(String::as_str);
            let by_key = party.authentication(metadata) == Some(Authentication::Key);
            let bound = party.config.options.dpop;
            possession::refused(response.error(), description, bound)
                .unwrap_or_else(|| refused_code(response.error(), description, by_key))
        }
        // Some fail on an invented code.
        Err(RequestTokenError::Request(error @ HttpError::ServerError { .. })) => {
            unknown(name, sentence(&error))
        }
        Err(RequestTokenError::Request(error)) => failed(
            name,
            sentence(&error),
            "This server must be able to reach the token endpoint. Try again.",
        ),
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => unknown(
            name,
            "The token endpoint's response couldn't be parsed.".to_owned(),
        ),
        // An invented code that is accepted proves nothing about the secret.
        Ok(_) => unknown(name, "The token endpoint accepts any code.".to_owned()),
    }
}

fn refused_code(error: &CoreErrorResponseType, description: Option<&str>, by_key: bool) -> Check {
    let name = CheckName::Credentials;
    let said = said(description);
    match error {
        CoreErrorResponseType::InvalidGrant => passed(
            name,
            "The token endpoint accepts these credentials.".to_owned(),
        ),
        CoreErrorResponseType::InvalidClient if by_key => failed(
            name,
            format!("The token endpoint rejects this client ID, or this app’s signature.{said}"),
            "In Okta, open the app → General → Client Credentials → Edit. Select Public key / Private key, then Use a URL \
             to fetch keys dynamically, and paste the address of this app’s keys.",
        ),
        CoreErrorResponseType::InvalidClient => failed(
            name,
            format!("The token endpoint rejects this client ID and secret.{said}"),
            "Copy both again: in Okta, Applications → Applications → your app → General → Client Credentials. \
             Check that Client authentication is Client secret there, and that the app is active.",
        ),
        CoreErrorResponseType::UnauthorizedClient => failed(
            name,
            format!("This client isn't allowed to use the authorization code flow.{said}"),
            "In Okta, open the app → General → General Settings → Edit, and switch on Authorization Code \
             under Grant type. The app must be an OIDC Web Application.",
        ),
        other => unknown(
            name,
            format!(
                "The token endpoint responded with “{}”, which confirms nothing.{said}",
                shortened(other.as_ref())
            ),
        ),
    }
}
