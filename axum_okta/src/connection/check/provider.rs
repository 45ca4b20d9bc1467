//! Whether the issuer is one, says so itself, and has what a sign-in needs.

use okta_types::{Check, CheckName, Outcome};

use super::{failed, offer, passed, wording::sentence};
use crate::{
    connection::oidc::{DiscoveryError, Metadata, Provider},
    outbound::HttpError,
};

pub(super) async fn check(provider: &Provider, checks: &mut Vec<Check>) -> Option<Metadata> {
    let metadata = match provider.discovery_document().await {
        Ok(metadata) => metadata,
        Err(error) => {
            let remedy = issuer_remedy(&error);
            checks.push(failed(CheckName::Issuer, sentence(&error), remedy));
            return None;
        }
    };
    checks.push(passed(
        CheckName::Issuer,
        format!("{} returned its discovery document.", provider.issuer()),
    ));

    if let Err(error) = provider.check_issuer(&metadata) {
        checks.push(failed(
            CheckName::Discovery,
            sentence(&error),
            "Paste the issuer exactly as Okta shows it. Org authorization server: https://YOUR-DOMAIN.okta.com. \
             Custom authorization server: Security → API → Authorization Servers, column Issuer URI.",
        ));
        return None;
    }
    checks.push(passed(
        CheckName::Discovery,
        "The discovery document names this issuer.".to_owned(),
    ));

    if let Some(check) = offer::signing_algorithms(&metadata) {
        let impossible = check.outcome == Outcome::Failed;
        checks.push(check);
        if impossible {
            return None;
        }
    }

    let usable = match provider.check_endpoints(&metadata) {
        Ok(()) => provider.with_keys(metadata).await,
        Err(error) => Err(error),
    };
    match usable {
        Ok(metadata) => {
            checks.push(passed(
                CheckName::Endpoints,
                "All endpoints are present and the signing keys are valid.".to_owned(),
            ));
            Some(metadata)
        }
        Err(error) => {
            checks.push(failed(
                CheckName::Endpoints,
                sentence(&error),
                match error {
                    DiscoveryError::Keys { .. } => {
                        "The provider must publish a key for RS256, of at least 2048 bits, or for another algorithm that this app \
                         accepts. Check the issuer URI, and the signing keys at the provider."
                    }
                    _ => "This authorization server doesn't support sign-in for web apps. Check the issuer URI.",
                },
            ));
            None
        }
    }
}

fn issuer_remedy(error: &DiscoveryError) -> &'static str {
    match error {
        DiscoveryError::Http(HttpError::Timeout { .. }) => {
            "Check the domain for typos and that this server can reach the internet, then try again."
        }
        DiscoveryError::Http(HttpError::NotTls { .. }) => {
            "Check the port: Okta answers https on the default one. http is allowed only on this machine, for development."
        }
        DiscoveryError::Http(_) => {
            "Check the domain for typos. It is the one in your browser's address bar when you are in Okta, without \
             -admin. This server must be able to reach it."
        }
        DiscoveryError::Redirect { .. } => "Paste the address it redirects to.",
        DiscoveryError::Status { status: 404, .. } => {
            "There is no authorization server at this address. Remove everything after the domain, or use \
             /oauth2/default or the ID of a custom authorization server."
        }
        _ => "Paste the issuer URI of your Okta org, such as https://YOUR-DOMAIN.okta.com.",
    }
}
