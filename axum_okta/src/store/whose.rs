//! Sessions that end together.

use sqlx::Row;

use super::{Change, SessionKey, SessionOwner, StoreError};

/// Whose sessions end. Sessions that nobody is signed in with are not among them.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "for the list of people who are signed in")
)]
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
    /// Whoever has this e-mail, in any case, at the issuer.
    Email {
        issuer: String,
        email: String,
    },
    /// Everybody who signed in through this connection.
    Connection(String),
    Everybody,
}

impl Whose {
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

impl Change<'_> {
    /// Deletes their sessions. Gives which.
    pub(crate) async fn delete_sessions_of(
        &mut self,
        whose: &Whose,
    ) -> Result<Vec<SessionKey>, StoreError> {
        let delete = |condition: &'static str, value: String| sqlx::query(condition).bind(value);
        let delete = match whose {
            Whose::Person { issuer, subject } => delete(
                "DELETE FROM okta_session WHERE person = $1 RETURNING id_hash",
                self.store.keyed_hash("person", issuer, subject),
            ),
            Whose::OktaSession { issuer, sid } => delete(
                "DELETE FROM okta_session WHERE okta_sid = $1 RETURNING id_hash",
                self.store.keyed_hash("okta_sid", issuer, sid),
            ),
            Whose::Email { issuer, email } => delete(
                "DELETE FROM okta_session WHERE email = $1 RETURNING id_hash",
                self.store.email_hash(issuer, email),
            ),
            Whose::Connection(id) => delete(
                "DELETE FROM okta_session WHERE connection_id = $1 AND person <> '' RETURNING id_hash",
                id.clone(),
            ),
            Whose::Everybody => {
                sqlx::query("DELETE FROM okta_session WHERE person <> '' RETURNING id_hash")
            }
        };
        let rows = delete.fetch_all(&mut *self.transaction).await?;
        let keys = rows
            .iter()
            .map(|row| Ok(SessionKey(row.try_get("id_hash")?)));
        let keys = keys.collect::<Result<Vec<_>, StoreError>>()?;
        self.news.sessions_ended(&keys);
        Ok(keys)
    }
}
