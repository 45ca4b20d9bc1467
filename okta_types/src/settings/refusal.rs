use std::str::FromStr;

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};

/// Why the settings were not opened or changed, written for the person who tried. Contains only
/// fixed text, so it can be passed in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SettingsRefusal {
    /// Nobody is signed in and no setup code was entered.
    NotSignedIn,
    /// The person signed in is not an admin.
    NotAdmin,
    /// Only admins of the whole app may change this.
    NotSuperAdmin,
    /// The setup code is wrong or has expired.
    WrongSetupCode,
    /// Too many setup codes were tried.
    TooManyAttempts,
    /// Whoever opened a setup link has to sign in before.
    SignInFirst,
    /// A setup link is valid for too long, its note is too long, or the connection has too many.
    MalformedSetupLink,
    /// The first connection is set up with the setup code.
    NoSetupLink,
    /// There is no such setup link, or it no longer works.
    UnknownSetupLink,
    /// There is nothing to test or disconnect.
    NotConnected,
    /// There is no connection with this name.
    UnknownConnection,
    /// There is a connection or an organization of this name already, or one is being set up.
    NameTaken,
    /// The plugin couldn't start.
    Closed,
    /// The server's environment sets the connection.
    Managed,
    /// A form has a field that can't be parsed.
    MalformedForm,
    /// No connection can have this name.
    MalformedName,
    /// The role table has an invalid role or group.
    MalformedRoles,
    /// Another admin has changed the role table in the meantime.
    RolesChanged,
    /// Another admin has changed the connection in the meantime.
    ConnectionChanged,
    /// Another admin has rotated this app's keys in the meantime.
    KeysRotated,
    /// Another connection has the same Okta app.
    SameApp,
    /// The connection does not load groups, so no rule could match.
    NoGroups,
    /// The person making the change would lose admin access.
    LocksYouOut,
    /// The person making the change could no longer sign in.
    ExcludesYou,
    /// A name, logo, color, or text can't be used.
    MalformedBranding,
    /// The color can't be read on white.
    LowContrast,
    /// The sign-in policy has a group or a domain that is none, or too many.
    MalformedPolicy,
    /// The sign-in policy names groups, and the connection loads none.
    PolicyNeedsGroups,
    /// No admin would be left.
    LastAdmin,
    /// There is no such admin.
    UnknownAdmin,
    /// No address can be of this domain, or there are too many.
    MalformedDomain,
    /// The connection doesn't claim this domain.
    UnknownDomain,
    /// The domain is verified for another connection.
    DomainTaken,
    /// The DNS doesn't have the record that proves whose the domain is.
    RecordMissing,
    /// The DNS can't be asked.
    DnsUnreachable,
    /// This app has no way to ask the DNS.
    NoResolver,
    /// There is no such session.
    UnknownSession,
    /// The token that a program sent isn't good.
    WrongToken,
    /// A program sent too many requests.
    TooManyRequests,
    /// The token that a program sent only reads.
    ReadOnlyToken,
    /// Only admins who are signed in may create and revoke tokens.
    TokensNeedSignIn,
    /// A token can't have this name, lifetime, or connections.
    MalformedToken,
    /// There are too many tokens.
    TooManyTokens,
    /// There is no such token.
    UnknownToken,
    /// The connection isn't the version that the program expects.
    OtherVersion,
    /// The connection has two tokens for provisioning already.
    TooManyScimTokens,
    /// The connection has no such token for provisioning.
    UnknownScimToken,
    /// The connection has two clients for provisioning already.
    TooManyScimClients,
    /// The connection has no such client for provisioning.
    UnknownScimClient,
    /// What was entered has no public key that a client can sign with.
    MalformedKeys,
    /// What was entered has a private key, which nobody but its client may know.
    PrivateKeys,
    /// An attribute that Okta pushes can't become this claim.
    MalformedClaims,
    /// This app doesn't reach itself at its own address.
    SelfUnreachable,
    /// What answers at the address of this app is not this app, or something changes its answers.
    SelfUnexpected,
    /// The database cannot be written to.
    ReadOnly,
    /// Something failed that only the operator can fix.
    Failed,
    /// The server didn't respond.
    NoAnswer,
}

impl std::error::Error for SettingsRefusal {}

/// Parses the name in JSON, such as `wrong_setup_code`.
impl FromStr for SettingsRefusal {
    type Err = value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

#[cfg(test)]
mod tests {
    use super::SettingsRefusal;

    #[test]
    fn a_refusal_is_read_by_its_name_in_json_and_no_other_text_is() {
        let name = serde_json::to_value(SettingsRefusal::WrongSetupCode).unwrap();
        assert_eq!(name, "wrong_setup_code");
        assert_eq!(
            "wrong_setup_code".parse(),
            Ok(SettingsRefusal::WrongSetupCode)
        );
        assert!("Call this number".parse::<SettingsRefusal>().is_err());
    }
}
