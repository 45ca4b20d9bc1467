use std::str::FromStr;

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use strum::IntoStaticStr;

use crate::Timestamp;

/// An address of this app at which Okta ends sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum SignOutAddress {
    /// [OpenID Connect Front-Channel Logout 1.0](https://openid.net/specs/openid-connect-frontchannel-1_0.html),
    /// which Okta's single logout uses.
    FrontChannel,
    /// [OpenID Connect Back-Channel Logout 1.0](https://openid.net/specs/openid-connect-backchannel-1_0.html),
    /// for providers other than Okta.
    BackChannel,
    /// Okta's [Universal Logout](https://developer.okta.com/docs/guides/oin-universal-logout-overview/).
    UniversalLogout,
}

impl SignOutAddress {
    /// Every address, in the order that a list shows them.
    pub const ALL: [Self; 3] = [Self::FrontChannel, Self::UniversalLogout, Self::BackChannel];

    /// Returns the stable name, such as `front_channel`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the name for display.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::FrontChannel => "Front-channel logout",
            Self::BackChannel => "Back-channel logout",
            Self::UniversalLogout => "Universal Logout",
        }
    }
}

/// Parses the stable name, such as `front_channel`.
impl FromStr for SignOutAddress {
    type Err = value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

/// The last calls of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignOutCalls {
    /// The address.
    pub address: SignOutAddress,
    /// The last call that counted.
    pub accepted: Option<SignOutCall>,
    /// The last call that was refused.
    pub refused: Option<SignOutCall>,
}

impl SignOutCalls {
    /// Creates the state of an address that was never called.
    #[must_use]
    pub fn none(address: SignOutAddress) -> Self {
        Self {
            address,
            accepted: None,
            refused: None,
        }
    }

    /// Keeps the newer calls of the two.
    pub fn merge(&mut self, others: &Self) {
        for (own, other) in [
            (&mut self.accepted, &others.accepted),
            (&mut self.refused, &others.refused),
        ] {
            let newer = |call: &&SignOutCall| own.as_ref().is_none_or(|own| own.at <= call.at);
            if let Some(newer) = other.as_ref().filter(newer) {
                *own = Some(newer.clone());
            }
        }
    }
}

/// A call, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignOutCall {
    /// When it came.
    pub at: Timestamp,
    /// What ended, or why it was refused. For admins.
    pub result: String,
}

impl SignOutCall {
    /// Creates a call.
    #[must_use]
    pub fn new(at: Timestamp, result: impl Into<String>) -> Self {
        Self {
            at,
            result: result.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_known_by_its_name() {
        for address in SignOutAddress::ALL {
            assert_eq!(address.as_str().parse(), Ok(address));
            assert_eq!(serde_json::json!(address), address.as_str());
        }
    }

    #[test]
    fn of_two_states_the_newer_calls_stay() {
        let call = |at| Some(SignOutCall::new(Timestamp(at), at.to_string()));
        let mut one = SignOutCalls::none(SignOutAddress::BackChannel);
        (one.accepted, one.refused) = (call(1), call(4));
        let mut other = SignOutCalls::none(SignOutAddress::BackChannel);
        (other.accepted, other.refused) = (call(2), call(3));
        one.merge(&other);
        assert_eq!((one.accepted, one.refused), (call(2), call(4)));
        other.merge(&SignOutCalls::none(SignOutAddress::BackChannel));
        assert_eq!(other.accepted, call(2));
    }
}
