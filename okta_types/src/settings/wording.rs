//! What refusals say.

use std::fmt;

use super::SettingsRefusal;

/// What [`SettingsRefusal::NoAnswer`] says. A browser says it by itself, and needs no other refusal.
pub const NO_ANSWER: &str = "The server did not respond. Check your connection, then try again.";

impl fmt::Display for SettingsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSignedIn => "Sign in as an admin first, or enter the setup code.",
            Self::NotAdmin => "Only admins of this app can view and change these settings.",
            Self::WrongSetupCode => {
                "This setup code isn't valid. Use the most recent one: the server prints it when it first starts, and \
                 its operator can create a new one."
            }
            Self::TooManyAttempts => {
                "Too many setup codes were tried from your network. Wait a minute, then try again."
            }
            Self::SignInFirst => "Sign in first. Until you do, the setup link can't show who is signed in or end anyone's access.",
            Self::MalformedSetupLink => {
                "The setup link was not made. It can be valid for 1 to 30 days, its note can have up to 255 characters, \
                 and a connection can have up to 20 links that still work."
            }
            Self::NoSetupLink => {
                "Whoever sets up the first connection is an admin of the whole app, and needs the server's setup code."
            }
            Self::UnknownSetupLink => {
                "This setup link no longer works. It was used, was revoked, or has expired."
            }
            Self::NotConnected => "No Okta app is connected.",
            Self::UnknownConnection => "There is no connection with this name.",
            Self::NameTaken => {
                "This name is taken by another connection or organization, or by one that is being set up. Choose another \
                 one."
            }
            Self::Closed => {
                "Okta settings are unavailable because the server could not start them. See the server's log for the \
                 reason."
            }
            Self::Managed => {
                "Nothing was changed. This connection is managed by the server's environment: change it there, then \
                 restart the server."
            }
            Self::MalformedForm => {
                "Nothing was changed because some fields could not be read. Check what you entered, then try again."
            }
            Self::MalformedRoles => {
                "Roles were not saved. Every rule needs both a group and a role of at most 255 characters, there can be \
                 at most 500 rules, and the default role can't be “admin”."
            }
            Self::RolesChanged => {
                "Roles were not saved because another admin changed them after you opened this page. Review the \
                 current roles, then save again."
            }
            Self::ConnectionChanged => {
                "Nothing was changed because another admin changed the connection in the meantime. Review the current \
                 connection, then try again."
            }
            Self::KeysRotated => {
                "The key was not changed because another admin has just changed it. Review the current keys first."
            }
            Self::MalformedDomain => {
                "Enter a domain such as acme.com, without a path or an @. A connection has up to 200."
            }
            Self::UnknownDomain => "The connection doesn't have this domain. Someone may have removed it already.",
            Self::DomainTaken => {
                "This domain is verified for another connection. Remove it there first."
            }
            Self::RecordMissing => {
                "The DNS doesn't have this TXT record yet. A new record can take an hour to appear. Compare its name and \
                 content, then check again."
            }
            Self::DnsUnreachable => "The DNS didn't respond. The server's log has the reason. Try again later.",
            Self::NoResolver => {
                "This app can't look up DNS records. An admin of the whole app can trust the domain without the record."
            }
            Self::NotSuperAdmin => {
                "Only admins of the whole app can change this: those who sign in through the connection “okta”."
            }
            Self::MalformedName => {
                "Use a name of up to 64 characters: the letters a to z, digits, and hyphens. It begins with a letter or \
                 a digit."
            }
            Self::SameApp => {
                "Another connection has this Okta app already. Create another app in Okta, or change that connection."
            }
            Self::NoGroups => {
                "Roles were not saved because this connection doesn't load groups. Choose a group source under \
                 Connection → Advanced options first."
            }
            Self::LocksYouOut => {
                "Roles were not saved because you would lose admin access. Keep a rule that gives the role “admin” to \
                 one of your groups."
            }
            Self::ExcludesYou => {
                "Nothing was changed because you couldn't sign in yourself any more. Include one of your groups, and \
                 the domain of your email address."
            }
            Self::MalformedBranding => {
                "Nothing was changed. The name has up to 100 characters, and the text up to 500, on one line. The logo \
                 is an https address, or a data: URL of a PNG, JPEG, WebP, or SVG image of up to 32 KiB. The color is \
                 written like #b3261e."
            }
            Self::LowContrast => {
                "Nothing was changed because this color can't be read well on white. Choose a darker one: its contrast \
                 has to be at least 4.5 to 1."
            }
            Self::MalformedPolicy => {
                "Nothing was changed. Enter names of groups of at most 255 characters, and domains such as acme.com: \
                 up to 100 of each."
            }
            Self::PolicyNeedsGroups => {
                "Nothing was changed because this connection doesn't load groups. Choose a group source under \
                 Connection → Advanced options first."
            }
            Self::LastAdmin => {
                "The last admin can't be removed. Give somebody else admin access first."
            }
            Self::UnknownAdmin => "This admin no longer exists. Somebody may have removed them already.",
            Self::UnknownSession => "This session has already ended.",
            Self::WrongToken => {
                "The token isn't valid. Ask an admin of this app for a new one."
            }
            Self::TooManyRequests => "Too many requests. Wait until the time in Retry-After is over, then try again.",
            Self::ReadOnlyToken => {
                "This token can only read. To change something, use a token with write access."
            }
            Self::TokensNeedSignIn => {
                "Only admins who are signed in can create and revoke tokens. Sign in as an admin first."
            }
            Self::MalformedToken => {
                "The token was not created. It needs a name of up to 100 characters, a lifetime of 1 to 365 days, and \
                 names of connections other than “okta”."
            }
            Self::TooManyTokens => {
                "The token was not created because there are 50 already. Revoke one that is no longer used first."
            }
            Self::OtherVersion => {
                "Nothing was changed because the connection isn't the version that If-Match or If-None-Match asks for. \
                 Read it again, then send the change with its current ETag."
            }
            Self::UnknownToken => "This token no longer exists. Someone may have revoked it already.",
            Self::TooManyScimTokens => {
                "There are two tokens already. Delete the one that Okta no longer uses, then create a new one."
            }
            Self::UnknownScimToken => "This token no longer exists. Someone may have deleted it already.",
            Self::TooManyScimClients => {
                "There are two clients already. Delete the one that is no longer used, then register a new one."
            }
            Self::UnknownScimClient => "This client no longer exists. Someone may have deleted it already.",
            Self::MalformedKeys => {
                "The client was not registered. Paste a JWK set (JSON) with 1 to 10 public keys: RSA of at least 2048 \
                 bits, P-256, P-384, or Ed25519."
            }
            Self::PrivateKeys => {
                "The client was not registered because this is a private key, or a shared secret. Nothing of it was \
                 stored. Treat this key as exposed. Create a new key, and paste only its public half."
            }
            Self::MalformedClaims => {
                "Nothing was saved. Correct the attributes that are marked below, then save again."
            }
            Self::SelfUnreachable => {
                "The test call didn't reach this app. The server may not be able to connect to its own public address, \
                 while Okta can. The server's log has the reason."
            }
            Self::SelfUnexpected => {
                "The test call got a response, but not this app's. A proxy in between may be blocking or changing it. \
                 The server's log has the answer."
            }
            Self::ReadOnly => {
                "Nothing was changed because the server's database is read-only. Give the server write access to the \
                 database file and its folder."
            }
            Self::Failed => {
                "Nothing was changed because the server's database did not respond. See the server's log for the reason."
            }
            Self::NoAnswer => NO_ANSWER,
        })
    }
}
