//! The discovery document: fetched, and checked before anything in it counts.

use serde_json::{Map, Value};
use url::Url;

use super::{Metadata, Provider};
use crate::{
    connection::issuer::{differ_by_slash_only, without_slash},
    outbound::HttpError,
    telemetry::ProviderRequest,
};

/// Why the issuer's discovery document or keys can't be used ([OpenID Connect Discovery
/// §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)).
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Nothing is known of the issuer yet, and who has it asked may be anybody.
    #[error(
        "the issuer didn't respond a moment ago, and isn't asked again because of a token that anybody may send"
    )]
    AskedTooOften,
    /// The issuer redirects. We don't follow.
    #[error("{url} redirects, which an issuer must not do")]
    Redirect {
        /// The URL requested.
        url: String,
    },
    /// Not 200.
    #[error("{url} responded with status {status}")]
    Status {
        /// The URL requested.
        url: String,
        /// The response's status.
        status: u16,
    },
    /// Not a discovery document.
    #[error("{url} is not a discovery document ({reason})")]
    NotDiscovery {
        /// The URL requested.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The document is for another issuer.
    #[error("the discovery document is for the issuer {found}, not for {expected}")]
    OtherIssuer {
        /// The issuer that was configured.
        expected: String,
        /// The issuer in the document.
        found: String,
    },
    /// An endpoint is missing or not https.
    #[error("the discovery document's {endpoint} is {problem}")]
    Endpoint {
        /// Its name in the document.
        endpoint: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The key set can't be parsed or has no signing key.
    #[error("the signing keys at {url} can't be used ({reason})")]
    Keys {
        /// The keys' URL.
        url: String,
        /// What is wrong with them.
        reason: String,
    },
}

impl Provider {
    /// Fetches and parses the document, without deciding whether to trust it.
    pub(crate) async fn discovery_document(&self) -> Result<Metadata, DiscoveryError> {
        let url = format!(
            "{}/.well-known/openid-configuration",
            without_slash(&self.typed)
        );
        let not_discovery = |reason: String| DiscoveryError::NotDiscovery {
            url: url.clone(),
            reason,
        };
        let address = Url::parse(&url).map_err(|error| not_discovery(error.to_string()))?;
        let answer = self.http.get(ProviderRequest::Discovery, &address).await?;
        if answer.status().is_redirection() {
            return Err(DiscoveryError::Redirect { url });
        }
        if !answer.status().is_success() {
            return Err(DiscoveryError::Status {
                url,
                status: answer.status().as_u16(),
            });
        }
        parse_document(answer.body()).map_err(|error| not_discovery(error.to_string()))
    }

    /// OpenID Connect Discovery §4.3: the document's issuer must be exactly the one asked for.
    pub(crate) fn check_issuer(&self, metadata: &Metadata) -> Result<(), DiscoveryError> {
        let found = metadata.issuer().as_str();
        let is_this_one = match self.issuer.get() {
            Some(issuer) => found == issuer,
            // If two documents arrive at once, the first one sets the name.
            None if differ_by_slash_only(found, &self.typed) => {
                self.issuer.get_or_init(|| found.to_owned()) == found
            }
            None => false,
        };
        if is_this_one {
            return Ok(());
        }
        Err(DiscoveryError::OtherIssuer {
            expected: self.issuer().to_owned(),
            found: found.to_owned(),
        })
    }

    /// Every endpoint must be one that we may request, or redirect people to.
    pub(crate) fn check_endpoints(&self, metadata: &Metadata) -> Result<(), DiscoveryError> {
        let endpoints = [
            (
                "authorization_endpoint",
                Some(metadata.authorization_endpoint().url()),
                true,
            ),
            (
                "token_endpoint",
                metadata.token_endpoint().map(|endpoint| endpoint.url()),
                true,
            ),
            ("jwks_uri", Some(metadata.jwks_uri().url()), true),
            (
                "userinfo_endpoint",
                metadata.userinfo_endpoint().map(|endpoint| endpoint.url()),
                false,
            ),
            (
                "end_session_endpoint",
                metadata
                    .additional_metadata()
                    .end_session_endpoint
                    .as_ref()
                    .map(|endpoint| endpoint.url()),
                false,
            ),
            (
                "revocation_endpoint",
                metadata.additional_metadata().revocation_endpoint.as_ref(),
                false,
            ),
            (
                "pushed_authorization_request_endpoint",
                metadata
                    .additional_metadata()
                    .pushed_authorization_request_endpoint
                    .as_ref(),
                false,
            ),
        ];
        for (endpoint, url, required) in endpoints {
            let problem = match url.map(|url| self.http.check(url)) {
                Some(Err(error)) => format!("unusable: {error}"),
                None if required => "missing".to_owned(),
                Some(Ok(())) | None => continue,
            };
            return Err(DiscoveryError::Endpoint { endpoint, problem });
        }
        Ok(())
    }
}

/// Some providers write a missing value as `null` or as an empty string.
fn parse_document(body: &[u8]) -> serde_json::Result<Metadata> {
    let mut document: Map<String, Value> = serde_json::from_slice(body)?;
    document.retain(|_, value| !value.is_null() && value != "");
    let document = Value::Object(document);
    let signing_algorithms = signing_algorithms(&document);
    let mut metadata: Metadata = serde_json::from_value(document)?;
    metadata.additional_metadata_mut().signing_algorithms = signing_algorithms;
    Ok(metadata)
}

fn signing_algorithms(document: &Value) -> Vec<String> {
    let named = document["id_token_signing_alg_values_supported"].as_array();
    let named = named.into_iter().flatten();
    named.filter_map(Value::as_str).map(str::to_owned).collect()
}
