use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// One thing that Connect verifies, with its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub name: CheckName,
    /// How it went.
    pub outcome: Outcome,
    /// What was seen, in words for an admin. Holds no secret.
    pub message: String,
    /// What to do about it, when there is something to do.
    pub remedy: Option<String>,
}

impl Check {
    /// A check with its result, and without a remedy.
    #[must_use]
    pub fn new(name: CheckName, outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            name,
            outcome,
            message: message.into(),
            remedy: None,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// What a [`Check`] looks at, in the order in which Connect looks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum CheckName {
    /// The issuer URI is valid and its discovery document can be fetched.
    Issuer,
    /// The discovery document names exactly this issuer.
    Discovery,
    /// ID tokens are signed in a way that can be verified. Only there if the provider also offers
    /// other ways.
    SigningAlgorithm,
    /// The endpoints are there, and the signing keys can be used.
    Endpoints,
    /// The token endpoint takes the client secret in the way that this app sends it. Only there if
    /// it does not.
    ClientAuthentication,
    /// Client ID and client secret are accepted by the token endpoint.
    Credentials,
    /// The token endpoint demands no DPoP (RFC 9449). Only there if it does.
    ProofOfPossession,
    /// The provider demands no pushed authorization request (RFC 9126). Only there if it does.
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
    /// The name as in JSON, such as `redirect_uri`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name as people read it.
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

/// How a [`Check`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Wrong; the connection is not saved.
    Failed,
    /// The provider gives no way to tell; the connection may be saved.
    Unknown,
    /// Not run, because an earlier check failed.
    Skipped,
}

impl Outcome {
    /// The outcome as in JSON, such as `passed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The outcome as people read it.
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

/// What all checks said of one configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// The checks, in the order in which they were made.
    pub checks: Vec<Check>,
}

impl CheckReport {
    /// A report of these checks.
    #[must_use]
    pub fn new(checks: Vec<Check>) -> Self {
        Self { checks }
    }

    /// Whether the configuration may be saved: something was checked and nothing failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.checks.is_empty()
            && self
                .checks
                .iter()
                .all(|check| matches!(check.outcome, Outcome::Passed | Outcome::Unknown))
    }
}
