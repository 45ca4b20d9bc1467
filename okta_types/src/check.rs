use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The result of one thing that Connect verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub name: CheckName,
    /// The result.
    pub outcome: Outcome,
    /// What was found, written for an admin. Contains no secrets.
    pub message: String,
    /// How to fix it, if there is something to fix.
    pub remedy: Option<String>,
    /// The field of the form that has to be changed, by its name in JSON, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Check {
    /// Creates a result without a remedy.
    #[must_use]
    pub fn new(name: CheckName, outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            name,
            outcome,
            message: message.into(),
            remedy: None,
            field: None,
        }
    }

    /// Adds which field of the form has to be changed.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds how to fix it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// What a [`Check`] verifies, in the order of the checks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum CheckName {
    /// The issuer URI is valid and its discovery document can be fetched.
    Issuer,
    /// The discovery document names exactly this issuer.
    Discovery,
    /// ID tokens are signed in a way that can be verified. Present only if the provider also offers
    /// other ways.
    SigningAlgorithm,
    /// The endpoints are present, and the signing keys are usable.
    Endpoints,
    /// The token endpoint accepts the client secret in the way that this app sends it. Present only
    /// if this fails.
    ClientAuthentication,
    /// The token endpoint accepts the client ID and secret, or signature.
    Credentials,
    /// Tokens can be bound to this app (DPoP, RFC 9449) if the admin wants it, and are if the token
    /// endpoint requires it. Present only if this fails.
    ProofOfPossession,
    /// The provider accepts pushed authorization requests (RFC 9126). Present only if they are
    /// used, and this fails.
    PushedRequests,
    /// The sign-in redirect URI is registered.
    RedirectUri,
    /// The extra scopes are known.
    Scopes,
    /// The extra claims are known.
    Claims,
    /// Groups can be loaded from the chosen source.
    Groups,
}

impl CheckName {
    /// Returns the name in JSON, such as `redirect_uri`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the name for display.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Issuer => "Issuer reachable",
            Self::Discovery => "Issuer matches",
            Self::SigningAlgorithm => "Signing algorithm",
            Self::Endpoints => "Endpoints and signing keys",
            Self::Credentials => "Client ID and secret",
            Self::ClientAuthentication => "Client authentication",
            Self::ProofOfPossession => "Proof of possession (DPoP)",
            Self::PushedRequests => "Pushed authorization requests (PAR)",
            Self::RedirectUri => "Redirect URI registered",
            Self::Scopes => "Extra scopes",
            Self::Claims => "Extra claims",
            Self::Groups => "Groups",
        }
    }
}

/// The result of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The check succeeded.
    Passed,
    /// The check failed. The connection is not saved.
    Failed,
    /// The provider offers no way to tell. The connection can be saved.
    Unknown,
    /// Not run, because an earlier check failed.
    Skipped,
}

impl Outcome {
    /// Returns the name in JSON, such as `passed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the name for display.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Unknown => "Unconfirmed",
            Self::Skipped => "Skipped",
        }
    }
}

/// The results of all checks of one configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CheckReport {
    /// The checks, in the order in which they ran.
    pub checks: Vec<Check>,
}

impl CheckReport {
    /// Creates a report from these checks.
    #[must_use]
    pub fn new(checks: Vec<Check>) -> Self {
        Self { checks }
    }

    /// Returns whether the configuration can be saved: something was checked and nothing failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.checks.is_empty()
            && self
                .checks
                .iter()
                .all(|check| matches!(check.outcome, Outcome::Passed | Outcome::Unknown))
    }
}
