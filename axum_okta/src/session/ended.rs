//! Telling the app that a session has ended.

use std::{error::Error, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use okta_types::Timestamp;
use strum::IntoStaticStr;

use super::Sessions;
use crate::{
    causes::with_causes,
    store::{SessionHolder, SessionKey, now},
};

/// Longer than a database takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum EndCause {
    /// The person signed out: here, or of other browsers.
    SignedOut,
    /// An admin of this app ended it.
    Admin,
    /// The session at Okta ended (OpenID Connect Front-Channel Logout).
    FrontChannelLogout,
    /// The provider ended it (OpenID Connect Back-Channel Logout).
    BackChannelLogout,
    /// Okta ended all of the person's sessions (Universal Logout).
    UniversalLogout,
    /// Okta was asked again about the person, and refused or didn't answer for too long.
    RefreshRefused,
    /// The person may no longer sign in through their connection.
    SignInPolicy,
    /// Nobody used it for too long.
    Idle,
    /// Its time was over. It is noted when the session is deleted, up to an hour later.
    Expired,
    /// Somebody signed in again in the same browser.
    Replaced,
    /// The app's own code ended it, with tower-sessions' `flush` or `delete`.
    App,
    /// An admin had replaced or disconnected the connection that it came through. That signed the
    /// person out at once; it is noted when the session is deleted, up to an hour after its time is
    /// over.
    Disconnected,
}

impl EndCause {
    /// Returns the stable name, such as `signed_out`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A session that has ended, for
/// [`OktaBuilder::on_session_ended`](crate::OktaBuilder::on_session_ended).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionEnded {
    /// What the session is called in [`SessionSummary::id`](okta_types::SessionSummary::id).
    pub session: String,
    /// The person's issuer.
    pub issuer: String,
    /// The person's subject at that issuer.
    pub subject: String,
    /// Their name, or what else Okta calls them.
    pub name: String,
    /// Their e-mail address, if Okta sent one.
    pub email: Option<String>,
    /// Why it ended.
    pub cause: EndCause,
    /// When the end was stored.
    pub at: Timestamp,
}

impl SessionEnded {
    pub(super) fn new(key: &SessionKey, holder: SessionHolder, cause: EndCause) -> Self {
        Self {
            session: key.name().to_owned(),
            issuer: holder.issuer,
            subject: holder.subject,
            name: holder.name,
            email: holder.email,
            cause,
            at: now(),
        }
    }
}

type Failure = Box<dyn Error + Send + Sync>;
type Call = dyn Fn(SessionEnded) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync;

/// Why the app's code did not come to a good end.
#[derive(Debug, thiserror::Error)]
enum EndedHookError {
    #[error("the app's `on_session_ended` failed")]
    Failed(#[source] Failure),
    #[error("the app's `on_session_ended` panicked")]
    Panicked,
    #[error("the app's `on_session_ended` took longer than {} seconds", PATIENCE.as_secs())]
    TooSlow,
}

/// The app's code. Whatever it does, the session has ended.
#[derive(Clone)]
pub(crate) struct EndedHook(Arc<Call>);

impl EndedHook {
    pub(crate) fn new<F, R>(hook: F) -> Self
    where
        F: Fn(SessionEnded) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        // Called only when it is polled, so that a panic of the call itself is caught, too.
        let hook = Arc::new(hook);
        Self(Arc::new(move |ended| {
            let hook = hook.clone();
            async move { hook(ended).await }.boxed()
        }))
    }

    async fn tell(&self, ended: SessionEnded) -> Result<(), EndedHookError> {
        let answer = AssertUnwindSafe((self.0)(ended)).catch_unwind();
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer.map_err(EndedHookError::Failed),
            Ok(Err(_panic)) => Err(EndedHookError::Panicked),
            Err(_elapsed) => Err(EndedHookError::TooSlow),
        }
    }
}

impl Sessions {
    /// Calls the app's `on_session_ended`, one after the other. Nobody waits for it.
    pub(super) fn tell_app(&self, ended: Vec<SessionEnded>) {
        let Some(hook) = self.on_ended.clone() else {
            return;
        };
        self.runtime.spawn(async move {
            for ended in ended {
                let session = ended.session.clone();
                if let Err(error) = hook.tell(ended).await {
                    let error = with_causes(&error);
                    tracing::error!(session, error, "a session has ended without the app's part");
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told<R>(hook: impl Fn() -> R + Send + Sync + 'static) -> Result<(), EndedHookError>
    where
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let hook = EndedHook::new(move |_ended| hook());
        let ended = SessionEnded {
            session: String::new(),
            issuer: String::new(),
            subject: String::new(),
            name: String::new(),
            email: None,
            cause: EndCause::Admin,
            at: now(),
        };
        hook.tell(ended).await
    }

    #[tokio::test]
    async fn whatever_the_app_does_is_noticed() {
        assert!(told(async || Ok(())).await.is_ok());
        let failed = told(async || Err("no mail server".into())).await;
        assert!(matches!(failed, Err(EndedHookError::Failed(_))));
        let in_the_future = told(async || panic!("on purpose")).await;
        assert!(matches!(in_the_future, Err(EndedHookError::Panicked)));
        let in_the_call = told(|| -> std::future::Ready<_> { panic!("on purpose") }).await;
        assert!(matches!(in_the_call, Err(EndedHookError::Panicked)));
    }
}
