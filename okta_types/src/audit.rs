use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use strum::IntoStaticStr;

use crate::{Identity, Timestamp};

/// An entry of the audit trail. Contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: AuditEvent,
    /// Who did it.
    pub actor: Actor,
    /// The client's address, if the app knows it.
    pub address: Option<String>,
    /// Details, such as why a request was refused or what changed.
    pub detail: Option<String>,
    /// The connection that it is about; `None` if it is about none, or about all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}

impl AuditEntry {
    /// Creates an entry without an address or details.
    #[must_use]
    pub fn new(at: Timestamp, event: AuditEvent, actor: Actor) -> Self {
        Self {
            at,
            event,
            actor,
            address: None,
            detail: None,
            connection: None,
        }
    }

    /// Adds the connection that it is about.
    #[must_use]
    pub fn about(mut self, connection: impl Into<String>) -> Self {
        self.connection = Some(connection.into());
        self
    }
}

/// What the audit trail records. The names are stable: they are in the database, in JSON, and in
/// the `event` field of the `tracing` events with the target `axum_okta::audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum AuditEvent {
    /// Somebody signed in.
    SignedIn,
    /// A sign-in failed.
    SignInRefused,
    /// Somebody signed out.
    SignedOut,
    /// Somebody who signed out ended their sessions in other browsers, too.
    SignedOutEverywhere,
    /// A session at Okta ended, and with it those here: OpenID Connect Front-Channel Logout.
    FrontChannelLogout,
    /// The provider ended sessions here: OpenID Connect Back-Channel Logout.
    BackChannelLogout,
    /// Okta ended all of a person's sessions here: Universal Logout.
    UniversalLogout,
    /// Somebody ended one of their own sessions, in another browser.
    EndedOwnSession,
    /// An admin ended somebody's session, all of somebody's, or everybody's.
    EndedByAdmin,
    /// A call that would have ended sessions was refused.
    SignOutRefused,
    /// Okta deactivated or deleted a person by SCIM, and their sessions ended.
    Deprovisioned,
    /// A SCIM request without a valid token was refused.
    ProvisioningRefused,
    /// A token for provisioning was created.
    ScimTokenMade,
    /// A token for provisioning was deleted.
    ScimTokenDeleted,
    /// A client for provisioning was registered.
    ScimClientMade,
    /// A client for provisioning was deleted, and its tokens with it.
    ScimClientDeleted,
    /// A session ended by itself, or because Okta said so. The detail says why.
    SessionEnded,
    /// Somebody became an admin through the setup code, or a setup link.
    BecameAdmin,
    /// A setup code was created; earlier ones no longer work.
    SetupCodeMade,
    /// The setup code was entered.
    SetupCodeAccepted,
    /// A wrong or expired setup code was entered.
    SetupCodeRefused,
    /// A setup link for a connection was created.
    SetupLinkMade,
    /// A setup link was opened, and gave access to the settings of its connection.
    SetupLinkOpened,
    /// A setup link was revoked.
    SetupLinkRevoked,
    /// A setup link was opened that is unknown, used, revoked, or has expired.
    SetupLinkRefused,
    /// A connection was created or changed.
    Connected,
    /// A connection was not saved because a check failed.
    ConnectRefused,
    /// This app signs with its next key from now on, in place of a client secret.
    ClientKeyRotated,
    /// The checks were run again on the connection in use.
    Checked,
    /// The connection was removed.
    Disconnected,
    /// The connection was tested with a real sign-in that started no session.
    Tested,
    /// Somebody signed in, but their groups could not be loaded.
    GroupsMissing,
    /// The role table was changed.
    RolesChanged,
    /// A named admin was removed.
    AdminRemoved,
    /// A token for a program was created.
    TokenMade,
    /// A token for a program was revoked.
    TokenRevoked,
    /// A program sent a token that isn't good.
    TokenRefused,
}

impl AuditEvent {
    /// Every event, in the order that a list shows them.
    pub const ALL: [Self; 37] = [
        Self::SignedIn,
        Self::SignInRefused,
        Self::SignedOut,
        Self::SignedOutEverywhere,
        Self::FrontChannelLogout,
        Self::BackChannelLogout,
        Self::UniversalLogout,
        Self::EndedOwnSession,
        Self::EndedByAdmin,
        Self::SignOutRefused,
        Self::Deprovisioned,
        Self::ProvisioningRefused,
        Self::ScimTokenMade,
        Self::ScimTokenDeleted,
        Self::ScimClientMade,
        Self::ScimClientDeleted,
        Self::SessionEnded,
        Self::GroupsMissing,
        Self::Connected,
        Self::ConnectRefused,
        Self::ClientKeyRotated,
        Self::Disconnected,
        Self::Checked,
        Self::Tested,
        Self::RolesChanged,
        Self::BecameAdmin,
        Self::AdminRemoved,
        Self::SetupCodeMade,
        Self::SetupCodeAccepted,
        Self::SetupCodeRefused,
        Self::SetupLinkMade,
        Self::SetupLinkOpened,
        Self::SetupLinkRevoked,
        Self::SetupLinkRefused,
        Self::TokenMade,
        Self::TokenRevoked,
        Self::TokenRefused,
    ];

    /// Returns the stable name, such as `signed_in`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the event's name for display.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignedIn => "Signed in",
            Self::SignInRefused => "Sign-in failed",
            Self::SignedOut => "Signed out",
            Self::SignedOutEverywhere => "Signed out everywhere",
            Self::FrontChannelLogout => "Signed out at Okta",
            Self::BackChannelLogout => "Signed out by the provider",
            Self::UniversalLogout => "Universal Logout",
            Self::EndedOwnSession => "Signed out elsewhere",
            Self::EndedByAdmin => "Signed out by an admin",
            Self::SignOutRefused => "Sign-out call refused",
            Self::Deprovisioned => "Deactivated by Okta",
            Self::ProvisioningRefused => "Provisioning call refused",
            Self::ScimTokenMade => "Provisioning token created",
            Self::ScimTokenDeleted => "Provisioning token deleted",
            Self::ScimClientMade => "Provisioning client registered",
            Self::ScimClientDeleted => "Provisioning client deleted",
            Self::SessionEnded => "Session ended",
            Self::BecameAdmin => "Became an admin",
            Self::SetupCodeMade => "Setup code created",
            Self::SetupCodeAccepted => "Setup code accepted",
            Self::SetupCodeRefused => "Setup code rejected",
            Self::SetupLinkMade => "Setup link created",
            Self::SetupLinkOpened => "Setup link opened",
            Self::SetupLinkRevoked => "Setup link revoked",
            Self::SetupLinkRefused => "Setup link rejected",
            Self::Connected => "Connection saved",
            Self::ConnectRefused => "Connection not saved",
            Self::ClientKeyRotated => "Client key rotated",
            Self::Checked => "Checks run",
            Self::Disconnected => "Disconnected",
            Self::Tested => "Test sign-in",
            Self::GroupsMissing => "Groups not loaded",
            Self::RolesChanged => "Roles changed",
            Self::AdminRemoved => "Admin removed",
            Self::TokenMade => "Admin token created",
            Self::TokenRevoked => "Admin token revoked",
            Self::TokenRefused => "Admin token rejected",
        }
    }

    /// Returns whether anyone on the network can cause this event.
    #[must_use]
    pub fn is_open_to_strangers(self) -> bool {
        matches!(
            self,
            Self::SignInRefused
                | Self::SetupCodeRefused
                | Self::SetupLinkRefused
                | Self::SignOutRefused
                | Self::TokenRefused
                | Self::ProvisioningRefused
        )
    }
}

/// Parses the stable name, such as `signed_in`.
impl FromStr for AuditEvent {
    type Err = value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// Somebody who is signed in.
    Person {
        /// Their issuer.
        issuer: String,
        /// Their subject at that issuer.
        subject: String,
        /// Their name at the time.
        name: String,
    },
    /// Somebody who entered the setup code.
    SetupCode,
    /// Somebody who opened a setup link.
    SetupLink,
    /// A program with a token.
    Token {
        /// The token's ID.
        id: String,
        /// The token's name.
        name: String,
    },
    /// The app's own code.
    App,
    /// The operator of the server.
    Operator,
    /// Okta, or another provider that is connected.
    Okta,
    /// Somebody who is not signed in.
    Stranger,
}

impl From<&Identity> for Actor {
    fn from(identity: &Identity) -> Self {
        Self::Person {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            name: identity.display_name().to_owned(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name, subject, .. } => write!(f, "{name} ({subject})"),
            Self::SetupCode => f.write_str("Setup code"),
            Self::SetupLink => f.write_str("Setup link"),
            Self::Token { name, id } => write!(f, "Token {name} ({id})"),
            Self::App => f.write_str("This app"),
            Self::Operator => f.write_str("Server operator"),
            Self::Okta => f.write_str("Okta"),
            Self::Stranger => f.write_str("Not signed in"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_in_the_list_and_known_by_its_name() {
        for event in AuditEvent::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
            assert_eq!(serde_json::json!(event), event.as_str());
        }
        assert!("no_such_event".parse::<AuditEvent>().is_err());
    }
}
