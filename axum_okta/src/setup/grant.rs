//! A browser's right to open the settings.

use okta_types::{Actor, Identity, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{connection::CONNECTION, store::now};

/// How long somebody may take to connect and sign in after entering the setup code.
const SETUP_SECONDS: i64 = 60 * 60;

/// The right to open the settings: given for a setup code, or kept by an admin who changed the
/// connection. It ends with the setup that it belongs to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SetupGrant {
    pub(crate) setup_id: String,
    pub(crate) until: Timestamp,
    /// The admin who changed the connection and lost their sign-in with it; `None` if the setup
    /// code was entered.
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

    /// Whose settings it opens, and whose admin it can make: the first connection's, and so of the
    /// whole app, or that of an admin who kept it.
    pub(crate) fn connection(&self) -> &str {
        let kept_by = self.given_to.as_ref();
        kept_by.map_or(CONNECTION, |kept_by| &kept_by.connection)
    }

    /// Who acts with this right.
    pub(crate) fn actor(&self) -> Actor {
        self.given_to.as_ref().map_or(Actor::SetupCode, Actor::from)
    }
}

/// The first releases stored an [`Actor`] only. Their groups are unknown, so they count as long as
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
