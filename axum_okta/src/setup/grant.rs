//! The right of a browser to open the settings.

use okta_types::{Actor, Identity, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::store::now;

/// How long somebody who entered the setup code may take to connect and sign in.
const SETUP_SECONDS: i64 = 60 * 60;

/// The right to open the settings, given for a setup code, or kept by an admin who changed the
/// connection. It dies with the setup it was given for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SetupGrant {
    pub(crate) setup_id: String,
    pub(crate) until: Timestamp,
    /// Who changed the connection and lost their sign-in with it; nobody where the setup code was
    /// entered.
    #[serde(default, deserialize_with = "given_to")]
    pub(crate) given_to: Option<Identity>,
}

impl SetupGrant {
    pub(crate) fn new(setup_id: String, given_to: Option<Identity>) -> Self {
        Self {
            setup_id,
            until: now().plus_seconds(SETUP_SECONDS),
            given_to,
        }
    }

    /// Who acts with this right.
    pub(crate) fn actor(&self) -> Actor {
        self.given_to.as_ref().map_or(Actor::SetupCode, Actor::from)
    }
}

/// The first releases kept an [`Actor`] alone: of them no groups are known, so they count while
/// they are named admins.
fn given_to<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Identity>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Identity(Identity),
        Actor(Actor),
    }
    Ok(match Option::<Kept>::deserialize(deserializer)? {
        Some(Kept::Identity(identity)) => Some(identity),
        Some(Kept::Actor(Actor::Person {
            issuer, subject, ..
        })) => Some(Identity::new(issuer, subject)),
        Some(Kept::Actor(_)) | None => None,
    })
}
