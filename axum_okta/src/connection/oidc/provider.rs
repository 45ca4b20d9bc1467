//! The issuer's discovery document and keys, fetched when needed and cached.

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey, JsonWebKeySet, JsonWebKeySetUrl,
    core::{CoreJsonWebKey, CoreJsonWebKeyType, CoreJsonWebKeyUse},
};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use super::Metadata;
use crate::{
    connection::issuer::{differ_by_slash_only, without_slash},
    http::limit::Limiter,
    outbound::{HttpClient, HttpError},
    telemetry::ProviderRequest,
};

/// Why the issuer's discovery document or keys can't be used ([OpenID Connect Discovery
/// §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)).
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
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

/// Okta hardly ever changes its endpoints. An invalid signature refetches the keys sooner.
const KEEP_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Once a document is stale, it is requested at most once in this time, however many people sign
/// in.
const RENEW_AFTER: Duration = Duration::from_secs(60);
/// How many refetches invalid signatures can cause at once, and again over each minute: enough for
/// keys that rotate twice in a row, and no flood.
const REFETCHES_PER_MINUTE: u32 = 5;

/// Where a token with an invalid signature came from. What strangers send must not use up the
/// refetches that sign-ins need when keys rotate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// From the issuer, which we asked for it.
    Issuer,
    Anybody,
}

/// RFC 7518 §3.3.
const MIN_RSA_BITS: usize = 2048;

/// Allows for discovery, then the keys.
const REQUESTS_OF_A_FETCH: u32 = 2;

pub(crate) struct Provider {
    /// As it was typed, perhaps with an extra or a missing slash at the end.
    typed: String,
    /// As its discovery document names it, and everything it signs.
    issuer: OnceLock<String>,
    http: HttpClient,
    known: ArcSwapOption<Known>,
    /// Held while fetching, so that concurrent sign-ins share one fetch.
    fetching: Mutex<LastRenewal>,
    refetches: Limiter<Origin>,
}

/// When a stale document was last requested again, even if that failed: not every sign-in waits for
/// it.
#[derive(Default)]
struct LastRenewal(Option<Instant>);

struct Known {
    metadata: Arc<Metadata>,
    since: Instant,
}

impl Provider {
    /// The issuer with exactly this name.
    pub(crate) fn new(issuer: String, http: HttpClient) -> Self {
        let provider = Self::with_or_without_slash(issuer.clone(), http);
        provider.issuer.get_or_init(|| issuer);
        provider
    }

    /// The issuer with this name, or with the one that differs only in the slash at its end,
    /// whichever the first discovery document is for. From then on, exactly that one.
    pub(crate) fn with_or_without_slash(typed: String, http: HttpClient) -> Self {
        Self {
            typed,
            issuer: OnceLock::new(),
            http,
            known: ArcSwapOption::empty(),
            fetching: Mutex::default(),
            refetches: Limiter::per_minute(REFETCHES_PER_MINUTE),
        }
    }

    /// The same issuer, with nothing cached.
    pub(crate) fn afresh(&self) -> Self {
        let mut afresh = Self::with_or_without_slash(self.typed.clone(), self.http.clone());
        afresh.issuer = self.issuer.clone();
        afresh
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// As its discovery document names it; until that is fetched, as it was typed.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.get().unwrap_or(&self.typed)
    }

    /// The discovery document with its keys. If it is stale and the issuer is down, the old one
    /// stays in use.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, DiscoveryError> {
        if let Some(metadata) = self.fresh() {
            return Ok(metadata);
        }
        match (self.in_time(self.renew()).await, self.known.load_full()) {
            (Err(error), Some(known)) => {
                // As a string, which is escaped in the log: it may contain text from the provider.
                tracing::warn!(
                    issuer = self.issuer(),
                    error = error.to_string(),
                    "discovery failed; the last good document stays in use"
                );
                Ok(known.metadata.clone())
            }
            (fetched, _) => fetched,
        }
    }

    /// The same, after a signature was invalid by `metadata`: the issuer may have new keys, or may
    /// sign with another algorithm. Refetched unless that has happened since, or happens too often.
    pub(super) async fn newer_than(
        &self,
        metadata: &Arc<Metadata>,
        origin: Origin,
    ) -> Result<Arc<Metadata>, DiscoveryError> {
        self.in_time(self.fetch_newer_than(metadata, origin)).await
    }

    /// Discovery and keys may each take as long as one request may. Waiting for another fetch
    /// counts, too: otherwise, behind an issuer that never responds, each sign-in would wait for
    /// all before it.
    async fn in_time(
        &self,
        fetched: impl Future<Output = Result<Arc<Metadata>, DiscoveryError>>,
    ) -> Result<Arc<Metadata>, DiscoveryError> {
        let timeout = self.http.timeout() * REQUESTS_OF_A_FETCH;
        let too_late = |_| {
            let host = self.issuer().to_owned();
            Err(HttpError::Timeout { host, timeout }.into())
        };
        tokio::time::timeout(timeout, fetched)
            .await
            .unwrap_or_else(too_late)
    }

    async fn renew(&self) -> Result<Arc<Metadata>, DiscoveryError> {
        let mut last = self.fetching.lock().await;
        // The previous holder of the lock may have fetched it.
        if let Some(metadata) = self.fresh() {
            return Ok(metadata);
        }
        if let Some(old) = self.known.load_full()
            && last.0.is_some_and(|last| last.elapsed() < RENEW_AFTER)
        {
            return Ok(old.metadata.clone());
        }
        last.0 = Some(Instant::now());
        self.fetch_and_keep().await
    }

    async fn fetch_newer_than(
        &self,
        metadata: &Arc<Metadata>,
        origin: Origin,
    ) -> Result<Arc<Metadata>, DiscoveryError> {
        let _fetching = self.fetching.lock().await;
        if let Some(known) = self.known.load_full()
            && !Arc::ptr_eq(&known.metadata, metadata)
        {
            return Ok(known.metadata.clone());
        }
        if !self.refetches.allows(&origin) {
            tracing::warn!(
                issuer = self.issuer(),
                "too many signatures are invalid; the keys are not fetched again for now"
            );
            return Ok(metadata.clone());
        }
        self.fetch_and_keep().await
    }

    fn fresh(&self) -> Option<Arc<Metadata>> {
        let known = self.known.load();
        let known = known.as_ref()?;
        (known.since.elapsed() < KEEP_FOR).then(|| known.metadata.clone())
    }

    async fn fetch_and_keep(&self) -> Result<Arc<Metadata>, DiscoveryError> {
        let metadata = Arc::new(self.fetch().await?);
        self.known.store(Some(Arc::new(Known {
            metadata: metadata.clone(),
            since: Instant::now(),
        })));
        Ok(metadata)
    }

    async fn fetch(&self) -> Result<Metadata, DiscoveryError> {
        let metadata = self.discovery_document().await?;
        self.check_issuer(&metadata)?;
        self.check_endpoints(&metadata)?;
        self.with_keys(metadata).await
    }

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

    /// Fetches the keys and adds those to the document that can verify signatures.
    pub(crate) async fn with_keys(&self, metadata: Metadata) -> Result<Metadata, DiscoveryError> {
        let url = metadata.jwks_uri().clone();
        let keys = self.fetch_keys(&url).await?;
        Ok(metadata.set_jwks(keys))
    }

    async fn fetch_keys(
        &self,
        url: &JsonWebKeySetUrl,
    ) -> Result<JsonWebKeySet<CoreJsonWebKey>, DiscoveryError> {
        let answer = self.http.get(ProviderRequest::Keys, url.url()).await?;
        let unusable = |reason: String| DiscoveryError::Keys {
            url: url.to_string(),
            reason,
        };
        if !answer.status().is_success() {
            return Err(unusable(format!("status {}", answer.status().as_u16())));
        }
        let keys: JsonWebKeySet<CoreJsonWebKey> =
            serde_json::from_slice(answer.body()).map_err(|error| unusable(error.to_string()))?;
        let usable = keys.keys().iter().filter(|key| verifies_signatures(key));
        let usable: Vec<CoreJsonWebKey> = usable.cloned().collect();
        if usable.is_empty() {
            let named = kinds_of_keys(answer.body());
            let reason =
                format!("none of them can verify signatures that this app accepts: {named}");
            return Err(unusable(reason));
        }
        Ok(JsonWebKeySet::new(usable))
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

/// The kinds of keys, such as `EC P-521 ES512` or `RSA RS256 1024 bits`, including those that
/// openidconnect drops because it doesn't know them.
fn kinds_of_keys(key_set: &[u8]) -> String {
    let key_set: Value = serde_json::from_slice(key_set).unwrap_or_default();
    let kinds: BTreeSet<String> = key_set["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| {
            let named = ["kty", "crv", "alg", "use"].map(|name| key[name].as_str());
            let size = rsa_bits(key).map(|bits| format!("{bits} bits"));
            let parts: Vec<&str> = named.into_iter().flatten().chain(size.as_deref()).collect();
            parts.join(" ")
        })
        .collect();
    match kinds.len() {
        0 => "there are none".to_owned(),
        _ => kinds.into_iter().collect::<Vec<_>>().join(", "),
    }
}

/// The length of an RSA key's modulus.
fn rsa_bits(key: &Value) -> Option<usize> {
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(key["n"].as_str()?).ok()?;
    let mut digits = modulus.iter().skip_while(|&&byte| byte == 0);
    let first = digits.next()?.ilog2() as usize + 1;
    Some(first + 8 * digits.count())
}

/// An asymmetric key that isn't reserved for encryption. A symmetric key in a public document
/// protects nothing, a short RSA key proves nothing, and openidconnect has no P-521 (ES512) and no
/// Ed448.
fn verifies_signatures(key: &CoreJsonWebKey) -> bool {
    let json = serde_json::to_value(key).unwrap_or_default();
    let curve = &json["crv"];
    let is_known = match key.key_type() {
        CoreJsonWebKeyType::RSA => rsa_bits(&json).is_some_and(|bits| bits >= MIN_RSA_BITS),
        CoreJsonWebKeyType::EllipticCurve => curve == "P-256" || curve == "P-384",
        CoreJsonWebKeyType::OctetKeyPair => curve == "Ed25519",
        _ => false,
    };
    is_known
        && key
            .key_use()
            .is_none_or(|usage| *usage == CoreJsonWebKeyUse::Signature)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::outbound::AddressPolicy;

    /// An issuer that accepts and never answers, and a provider that knows it from a time long
    /// gone.
    async fn silent_issuer() -> (Provider, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                open.push(connection);
            }
        });
        let policy = AddressPolicy {
            loopback: true,
            private: false,
        };
        let http = HttpClient::new(policy, Duration::from_millis(200), &[]).unwrap();
        let metadata: Metadata = serde_json::from_value(json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }))
        .unwrap();
        let provider = Provider::new(issuer, http);
        provider.known.store(Some(Arc::new(Known {
            metadata: Arc::new(metadata),
            since: Instant::now().checked_sub(KEEP_FOR).unwrap(),
        })));
        (provider, asked)
    }

    #[tokio::test]
    async fn a_document_that_has_grown_old_is_asked_for_once_and_serves_on() {
        let (provider, asked) = silent_issuer().await;
        for _ in 0..3 {
            assert!(provider.metadata().await.is_ok());
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1, "the others did not wait");
    }
}
