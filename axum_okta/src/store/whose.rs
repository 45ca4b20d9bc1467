//! Sessions that end together.

use super::SessionOwner;

/// Whose sessions end. Sessions that nobody is signed in with are not among them.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    /// A person, wherever they signed in.
    Person {
        issuer: String,
        subject: String,
    },
    /// A session at the issuer: the `sid` of its ID tokens.
    OktaSession {
        issuer: String,
        sid: String,
    },
    /// Whoever has this email, in any case, at the issuer.
    Email {
        issuer: String,
        email: String,
    },
    /// Everybody who signed in through this connection.
    Connection(String),
    Everybody,
}

impl Whose {
    /// Whether these may be everybody's sessions, and not one person's.
    pub(super) fn may_be_everybody(&self) -> bool {
        matches!(self, Self::Connection(_) | Self::Everybody)
    }

    pub(crate) fn includes(&self, owner: &SessionOwner) -> bool {
        match self {
            Self::Person { issuer, subject } => {
                owner.issuer == *issuer && owner.subject == *subject
            }
            Self::OktaSession { issuer, sid } => {
                owner.issuer == *issuer && owner.okta_sid.as_ref() == Some(sid)
            }
            Self::Email { issuer, email } => {
                let owners = owner.email.as_ref().map(|email| email.to_lowercase());
                owner.issuer == *issuer && owners == Some(email.to_lowercase())
            }
            Self::Connection(id) => owner.connection_id == *id,
            Self::Everybody => true,
        }
    }
}
