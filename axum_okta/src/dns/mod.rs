//! Looking up TXT records, to see whose a domain is.

#[cfg(feature = "dns")]
mod hickory;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

/// Longer than a resolver ever takes, shorter than an admin waits.
const TIMEOUT: Duration = Duration::from_secs(10);

type LookUpError = Box<dyn Error + Send + Sync>;
type LookedUp = Pin<Box<dyn Future<Output = Result<Vec<String>, LookUpError>> + Send>>;

/// Returns the texts of the TXT records of a name; none if there are none.
#[derive(Clone)]
pub(crate) struct TxtRecords(Arc<dyn Fn(String) -> LookedUp + Send + Sync>);

/// Why nothing is known of a name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DnsError {
    #[error("the DNS didn't answer within {} seconds", TIMEOUT.as_secs())]
    TimedOut,
    #[error("the DNS could not be asked")]
    Failed(#[source] LookUpError),
}

impl TxtRecords {
    pub(crate) fn new<F, R>(look_up: F) -> Self
    where
        F: Fn(String) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<String>, LookUpError>> + Send + 'static,
    {
        Self(Arc::new(move |name| Box::pin(look_up(name))))
    }

    pub(crate) async fn of(&self, name: &str) -> Result<Vec<String>, DnsError> {
        tokio::time::timeout(TIMEOUT, (self.0)(name.to_owned()))
            .await
            .map_err(|_| DnsError::TimedOut)?
            .map_err(DnsError::Failed)
    }

    /// This machine's resolver.
    #[cfg(feature = "dns")]
    pub(crate) fn of_this_machine() -> Self {
        Self::new(async |name| hickory::txt_records(&name).await)
    }
}

impl fmt::Debug for TxtRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TxtRecords")
    }
}
