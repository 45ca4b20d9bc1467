//! Why a sign-in did not end with a session.

use okta_types::{Actor, StepUp};

use crate::{
    connection::oidc::{CodeFlowError, DiscoveryError, PostError, PushError},
    hook::AskError,
    http::Repeated,
    identity::{admission::NotAdmitted, groups::GroupsError},
    settings::SettingsError,
    store::StoreError,
    telemetry::Refused,
};

/// Shown to the person as a page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    #[error("no Okta app is connected")]
    NotConnected,
    /// The plugin could not be opened.
    #[error("sign-in is unavailable; the server's log has the reason")]
    Closed,
    /// `state` is missing, unknown, expired, already used, or from another browser.
    #[error("this sign-in is unknown, expired, already used, or was started in another browser")]
    UnknownState,
    #[error("too many sign-ins came from this address")]
    TooMany,
    /// RFC 6749 §3.1.
    #[error("the request has the parameter `{0}` more than once")]
    RepeatedParameter(&'static str),
    /// A portal asked for another issuer, or for a page outside of this app (OpenID Connect Core
    /// §4).
    #[error("the sign-in can't be started: {0}")]
    MalformedLogin(&'static str),
    /// It names a connection, an organization, or a domain that leads to none.
    #[error("the sign-in names the {0}, which leads to no connection in use")]
    UnknownOrganization(String),
    /// An answer for one connection arrived at another's redirect URI (RFC 9207 §1).
    #[error("the answer to a sign-in with the connection `{connection}` arrived at {path}")]
    MixedUp { connection: String, path: String },
    /// The callback lacks `code` and `error`.
    #[error("the callback request is malformed: {0}")]
    MalformedCallback(&'static str),
    /// Okta refused (RFC 6749 §4.1.2.1): `error` and `error_description`.
    #[error("Okta responded with `{code}`{}", description.as_deref().map(|d| format!(": {d}")).unwrap_or_default())]
    Refused {
        code: String,
        description: Option<String>,
    },
    #[error(
        "Okta's groups claim matched more than 100 groups, the most it can hold. Load groups from Okta's API with an \
         API token, or narrow the filter of the groups claim in Okta"
    )]
    TooManyGroups,
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    CodeFlow(#[from] CodeFlowError),
    /// Groups could not be loaded, and this connection requires them.
    #[error("the groups couldn't be loaded")]
    Groups(#[from] GroupsError),
    /// The browser that finished a test is no admin's, or the result could not be stored.
    #[error("the test couldn't be completed")]
    Test(#[from] SettingsError),
    /// An admin disconnected the app from Okta while this person was signed in.
    #[error("an admin disconnected this app from Okta, which signed everybody out")]
    Disconnected,
    /// Okta signed them in, and not as recently or strongly as it was asked to.
    #[error("this app asked for {asked}, and Okta says: {said}")]
    NotConfirmed { asked: StepUp, said: String },
    /// Somebody was asked to confirm that it's them, and somebody else signed in.
    #[error("somebody else signed in than the person who was asked to confirm that it's them")]
    SomebodyElse,
    /// Guards exclude one another, or Okta and this app disagree about what it said.
    #[error("the app asked for {0}, right after sign-ins that had given what was asked for")]
    Circular(StepUp),
    /// Okta signed them in, and the connection's sign-in policy doesn't let them in.
    #[error("Okta signed them in, and they may not come in")]
    NotAdmitted {
        #[source]
        reason: NotAdmitted,
        person: Actor,
    },
    /// Okta signed them in, and the host does not.
    #[error("Okta signed them in, and this app does not let them in")]
    Host {
        #[source]
        reason: AskError,
        person: Actor,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignInError {
    /// Whether Okta gave no answer that anybody could judge.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Discovery(DiscoveryError::Http(_))
                | Self::CodeFlow(
                    CodeFlowError::Discovery(DiscoveryError::Http(_))
                        | CodeFlowError::Push(PushError::Request(PostError::Http(_)))
                        | CodeFlowError::TokenEndpoint(_),
                )
        )
    }

    /// Whose sign-in it was, where that is known.
    pub(super) fn person(&self) -> Actor {
        match self {
            Self::Host { person, .. } | Self::NotAdmitted { person, .. } => person.clone(),
            _ => Actor::Stranger,
        }
    }
}

impl From<&SignInError> for Refused {
    fn from(error: &SignInError) -> Self {
        match error {
            SignInError::NotConnected | SignInError::Disconnected => Self::NotConnected,
            SignInError::Closed => Self::Closed,
            SignInError::UnknownState => Self::UnknownState,
            SignInError::TooMany => Self::RateLimited,
            SignInError::RepeatedParameter(_)
            | SignInError::MalformedLogin(_)
            | SignInError::UnknownOrganization(_)
            | SignInError::MixedUp { .. }
            | SignInError::MalformedCallback(_) => Self::Malformed,
            SignInError::Refused { .. }
            | SignInError::NotConfirmed { .. }
            | SignInError::SomebodyElse
            | SignInError::Circular(_) => Self::ByOkta,
            SignInError::TooManyGroups | SignInError::Groups(_) => Self::Groups,
            error if error.is_unreachable() => Self::OktaUnreachable,
            SignInError::Discovery(_) | SignInError::CodeFlow(_) => Self::OktaResponse,
            SignInError::NotAdmitted { .. } => Self::ByPolicy,
            SignInError::Host {
                reason: AskError::Refused { .. },
                ..
            } => Self::ByApp,
            SignInError::Host { .. } => Self::AppFailed,
            SignInError::Test(_) => Self::Test,
            SignInError::Store(_) => Self::Database,
        }
    }
}

impl From<Repeated> for SignInError {
    fn from(Repeated(name): Repeated) -> Self {
        Self::RepeatedParameter(name)
    }
}
