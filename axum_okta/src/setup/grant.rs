//! A browser's right to open the settings.

use okta_types::{Actor, Identity, SetupLinkSummary, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{connection::CONNECTION, store::now};

/// How long somebody may take to connect and sign in after entering the setup code.
const SETUP_SECONDS: i64 = 60 * 60;
/// The same after opening a setup link: a working day, because they may have to ask others first.
const LINK_SECONDS: i64 = 8 * 60 * 60;

/// The right to open the settings: given for a setup code or a setup link, or kept by an admin who
/// changed the connection. It ends with the setup that it belongs to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SetupGrant {
    pub(crate) setup_id: String,
    pub(crate) until: Timestamp,
    /// The admin who changed the connection and lost their sign-in with it; `None` if the setup
    /// code was entered.
    #[serde(default, deserialize_with = "given_to")]
    pub(crate) given_to: Option<Identity>,
    /// The connection that a setup link is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link_to: Option<String>,
}

impl SetupGrant {
    pub(crate) fn new(setup_id: String, given_to: Option<Identity>) -> Self {
        Self {
            setup_id,
            until: now().plus_seconds(SETUP_SECONDS),
            given_to,
            link_to: None,
        }
    }

    /// For whoever opened this link.
    pub(crate) fn of_link(link: SetupLinkSummary) -> Self {
        Self {
            setup_id: link.id,
            until: now().plus_seconds(LINK_SECONDS).min(link.ends_at),
            given_to: None,
            link_to: Some(link.connection),
        }
    }

    /// Whose settings it opens, and whose admin it can make: that of the link, or of an admin who
    /// kept it, or else the first connection's, and so of the whole app.
    pub(crate) fn connection(&self) -> &str {
        match (&self.link_to, &self.given_to) {
            (Some(connection), _) => connection,
            (None, Some(kept_by)) => &kept_by.connection,
            (None, None) => CONNECTION,
        }
    }

    /// Who acts with this right.
    pub(crate) fn actor(&self) -> Actor {
        match (&self.link_to, &self.given_to) {
            (Some(_), _) => Actor::SetupLink,
            (None, Some(kept_by)) => Actor::from(kept_by),
            (None, None) => Actor::SetupCode,
        }
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
