//! The issuer's discovery document and keys, fetched when needed and cached.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::{DiscoveryError, Metadata, prover::Nonces};
use crate::{
    http::limit::Limiter,
    outbound::{HttpClient, HttpError},
};

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

/// Allows for discovery, then the keys.
const REQUESTS_OF_A_FETCH: u32 = 2;

pub(crate) struct Provider {
    /// As it was typed, perhaps with an extra or a missing slash at the end.
    pub(super) typed: String,
    /// As its discovery document names it, and everything it signs.
    pub(super) issuer: OnceLock<String>,
    pub(super) http: HttpClient,
    pub(super) nonces: Nonces,
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
            nonces: Nonces::default(),
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

    /// The same, for a token that anybody may have sent. If nothing is known of the issuer yet, because
    /// it doesn't answer, such tokens don't have it asked again and again.
    pub(super) async fn metadata_for_anybody(&self) -> Result<Arc<Metadata>, DiscoveryError> {
        if self.known.load().is_some() {
            return self.metadata().await;
        }
        let fetched = async {
            let _fetching = self.fetching.lock().await;
            if let Some(metadata) = self.fresh() {
                return Ok(metadata);
            }
            if !self.refetches.allows(&Origin::Anybody) {
                return Err(DiscoveryError::AskedTooOften);
            }
            self.fetch_and_keep().await
        };
        self.in_time(fetched).await
    }

    /// The discovery document, if it was fetched before, however long ago.
    pub(crate) fn known_metadata(&self) -> Option<Arc<Metadata>> {
        Some(self.known.load().as_ref()?.metadata.clone())
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
        let timeout = self.http.timeout().saturating_mul(REQUESTS_OF_A_FETCH);
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
    async fn tokens_of_anybody_ask_an_issuer_that_does_not_answer_only_now_and_then() {
        let (provider, asked) = silent_issuer().await;
        provider.known.store(None);
        for _ in 0..2 * REFETCHES_PER_MINUTE {
            assert!(provider.metadata_for_anybody().await.is_err());
        }
        let asked = asked.load(Ordering::SeqCst);
        assert!(asked <= REFETCHES_PER_MINUTE as usize + 1, "{asked}");
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
