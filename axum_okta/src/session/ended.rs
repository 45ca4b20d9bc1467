//! Telling the app that a session has ended.

use okta_types::Timestamp;
use strum::IntoStaticStr;

use super::Sessions;
use crate::{
    causes::with_causes,
    hook::Told,
    store::{SessionHolder, SessionKey, now},
};

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
    /// Okta deactivated or deleted the person by SCIM.
    Deprovisioned,
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
    /// Their email address, if Okta sent one.
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

/// The app's code.
pub(crate) type EndedHook = Told<SessionEnded>;

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
