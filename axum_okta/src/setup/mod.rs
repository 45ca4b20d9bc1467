//! The rules on who becomes the first admin: setup codes, setup links, the right that they give to a
//! browser, and named admins.

mod attempts;
mod code;
mod grant;
pub(crate) mod link;

use std::sync::Arc;

use okta_types::{AdminSummary, Identity, Timestamp};
use secrecy::SecretString;

pub(crate) use attempts::Attempts;
pub(crate) use code::SetupCode;
pub(crate) use grant::SetupGrant;

use crate::{
    connection::CONNECTION,
    identity::roles::Roles,
    random_token,
    store::{Change, OpenSetup, Store, StoreError, now},
};

/// The state of setting up, from [`Okta::prepare_setup`](crate::Okta::prepare_setup).
#[derive(Debug)]
#[non_exhaustive]
pub enum Setup {
    /// A code to show to the operator: a new one, which is not returned again, or the one that the
    /// operator [chose](crate::OktaBuilder::setup_code).
    Code(SecretString),
    /// A code was created earlier and hasn't been used to finish the setup.
    CodeMadeEarlier,
    /// No code is needed: an admin has signed in, or the server's environment sets the connection.
    Done,
}

/// Setup codes, and named admins.
pub(crate) struct Setups {
    store: Arc<Store>,
    roles: Arc<Roles>,
}

/// The code to show, and whether it is new.
pub(crate) enum Prepared {
    New(SetupCode),
    Known(SetupCode),
    MadeEarlier,
}

impl Setups {
    pub(crate) fn new(store: Arc<Store>, roles: Arc<Roles>) -> Self {
        Self { store, roles }
    }

    /// Makes sure that there is a code: the operator's, or else a generated one.
    pub(crate) async fn prepare(&self, chosen: Option<&SetupCode>) -> Result<Prepared, StoreError> {
        // A read-only database can still have a code.
        if let Some(prepared) = prepared(chosen, self.store.open_setup().await?) {
            return Ok(prepared);
        }
        let mut change = self.store.change().await?;
        // Another server may have created one in the meantime.
        if let Some(prepared) = prepared(chosen, change.open_setup().await?) {
            return Ok(prepared);
        }
        let code = chosen.cloned().unwrap_or_else(SetupCode::generate);
        change.put_setup(&with_code(&code), None).await?;
        change.commit().await?;
        Ok(Prepared::New(code))
    }

    /// Creates a code. Earlier codes stop working, and so do the rights that they gave.
    pub(crate) async fn new_code(&self) -> Result<SetupCode, StoreError> {
        let code = SetupCode::generate();
        let mut change = self.store.change().await?;
        change.put_setup(&with_code(&code), None).await?;
        change.commit().await?;
        Ok(code)
    }

    /// Ends the open setup, if there is one.
    pub(crate) async fn end(&self) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.delete_setup().await?;
        change.commit().await
    }

    /// Whether a setup with a code is open.
    pub(crate) async fn has_code(&self) -> Result<bool, StoreError> {
        let open = self.store.open_setup().await?;
        Ok(open.is_some_and(|open| open.has_code()))
    }

    /// Returns the right that this code gives, if it is the current one.
    pub(crate) async fn enter(&self, code: &str) -> Result<Option<SetupGrant>, StoreError> {
        let code = SetupCode::from_text(code);
        let open = self.store.open_setup().await?;
        Ok(open
            .filter(|open| code.is_some_and(|code| code.is_of(open)))
            .map(|open| SetupGrant::new(open.id, None)))
    }

    /// Whether this right still opens the settings. A right that an admin kept is valid only while
    /// that person is still an admin, by name or by role. That of a setup link ends with the link.
    pub(crate) async fn admits(&self, grant: &SetupGrant) -> Result<bool, StoreError> {
        let id = &grant.setup_id;
        let is_open = match grant.connection() {
            CONNECTION => {
                let open = self.store.open_setup().await?;
                open.is_some_and(|open| open.id == *id)
            }
            name => self.store.has_connection_setup(name, id).await?,
        };
        if !is_open {
            return Ok(false);
        }
        match &grant.given_to {
            Some(identity) if identity.expires_at <= now() => Ok(false),
            Some(identity) => self.roles.is_admin_now(identity).await,
            None => Ok(true),
        }
    }

    /// Whether the next person to sign in from a browser with this right, through this connection
    /// and issuer, becomes a named admin. With a setup code: through the first connection. With a
    /// setup link: through the link's. If an admin kept the right: through their own, if they were
    /// a named admin and nobody is named for this issuer yet. All others can sign in themselves,
    /// and admins by role stay admins by role.
    pub(crate) async fn makes_admin(
        &self,
        grant: &SetupGrant,
        connection: &str,
        issuer: &str,
    ) -> Result<bool, StoreError> {
        if connection != grant.connection() || !self.admits(grant).await? {
            return Ok(false);
        }
        let Some(kept_by) = &grant.given_to else {
            return Ok(true);
        };
        let was_named = self.roles.is_named(kept_by).await?;
        Ok(was_named && !self.has_named_admin(connection, issuer).await?)
    }

    /// Keeps the settings open for somebody who changed the connection and so lost their own
    /// sign-in. If they had kept them open before, it is until then: whoever goes on changing the
    /// connection would never have to sign in.
    pub(crate) async fn keep_open(
        &self,
        given_to: Option<Identity>,
        until: Option<Timestamp>,
    ) -> Result<SetupGrant, StoreError> {
        let mut change = self.store.change().await?;
        let grant = |id, given_to| {
            let mut grant = SetupGrant::new(id, given_to);
            grant.until = until.unwrap_or(grant.until);
            grant
        };
        let kept = grant(random_token(), given_to.clone());
        if kept.connection() != CONNECTION {
            let (connection, id) = (kept.connection(), &kept.setup_id);
            change
                .put_connection_setup(connection, id, kept.until)
                .await?;
            change.commit().await?;
            return Ok(kept);
        }
        let (id, code_hash) = match change.open_setup().await? {
            Some(open) => (open.id, open.code_hash),
            None => (random_token(), String::new()),
        };
        let kept = grant(id.clone(), given_to);
        let setup = OpenSetup { id, code_hash };
        if !setup.has_code() {
            change.put_setup(&setup, Some(kept.until)).await?;
            change.commit().await?;
        }
        Ok(kept)
    }

    /// Whether a connection has a named admin who can sign in through this issuer.
    pub(crate) async fn has_named_admin(
        &self,
        connection: &str,
        issuer: &str,
    ) -> Result<bool, StoreError> {
        let admins = self.store.admins(connection).await?;
        Ok(admins.iter().any(|admin| admin.issuer == issuer))
    }

    pub(crate) async fn named_admins(
        &self,
        connection: &str,
    ) -> Result<Vec<AdminSummary>, StoreError> {
        self.store.admins(connection).await
    }

    /// Removes a named admin of a connection. Cached roles are out of date afterwards.
    pub(crate) async fn remove_admin(
        &self,
        connection: &str,
        issuer: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.delete_admin(connection, issuer, subject).await?;
        change.commit().await?;
        self.roles.find_anew(connection);
        Ok(())
    }
}

/// The existing code, if it is the chosen one.
fn prepared(chosen: Option<&SetupCode>, open: Option<OpenSetup>) -> Option<Prepared> {
    match (chosen, open?) {
        (Some(code), open) => code.is_of(&open).then(|| Prepared::Known(code.clone())),
        (None, _) => Some(Prepared::MadeEarlier),
    }
}

fn with_code(code: &SetupCode) -> OpenSetup {
    OpenSetup {
        id: random_token(),
        code_hash: code.hash(),
    }
}

/// Finishes the setup: the person becomes a named admin and the setup is closed, both or neither.
/// If two people finish the same setup at once, one becomes admin.
pub(crate) async fn finish(
    change: &mut Change<'_>,
    grant: &SetupGrant,
    identity: &Identity,
) -> Result<bool, StoreError> {
    let closed = match grant.connection() {
        CONNECTION => change.close_setup(&grant.setup_id).await?,
        _ => change.close_connection_setup(&grant.setup_id).await?,
    };
    if closed {
        change.put_admin(identity).await?;
    }
    Ok(closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tests::Database;

    /// Two servers on one database, each with a line of its own.
    async fn two_servers() -> ([Setups; 2], Database) {
        let database = Database::new();
        let server = async || {
            let (store, connections) = database.server().await;
            let roles = Arc::new(Roles::new(store.clone(), connections, None));
            Setups::new(store, roles)
        };
        ([server().await, server().await], database)
    }

    /// Long enough for the other server to have read what there was before.
    async fn let_the_other_read(setups: &Setups) {
        for _ in 0..50 {
            setups.has_code().await.unwrap();
        }
    }

    #[tokio::test]
    async fn of_two_servers_that_start_at_once_one_makes_the_code() {
        let ([one, other], _directory) = two_servers().await;
        let mut change = one.store.change().await.unwrap();
        let code = SetupCode::generate();
        let (prepared, ()) = tokio::join!(other.prepare(None), async {
            let_the_other_read(&one).await;
            change.put_setup(&with_code(&code), None).await.unwrap();
            change.commit().await.unwrap();
        });
        assert!(matches!(prepared.unwrap(), Prepared::MadeEarlier));
        let secret = code.secret();
        let code = secrecy::ExposeSecret::expose_secret(&secret);
        assert!(one.enter(code).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_right_that_is_kept_again_lasts_no_longer() {
        let ([setups, _other], _directory) = two_servers().await;
        let mut identity = Identity::new("https://dev-1.okta.com", "00u1");
        for connection in [CONNECTION, "acme"] {
            connection.clone_into(&mut identity.connection);
            let until = now().plus_seconds(60);
            let kept = setups.keep_open(Some(identity.clone()), Some(until));
            assert_eq!(kept.await.unwrap().until, until, "{connection}");
        }
    }

    #[tokio::test]
    async fn a_right_that_is_kept_takes_no_code_away_that_was_made_meanwhile() {
        let ([one, other], _directory) = two_servers().await;
        let mut change = one.store.change().await.unwrap();
        let code = SetupCode::generate();
        let (grant, ()) = tokio::join!(other.keep_open(None, None), async {
            let_the_other_read(&one).await;
            change.put_setup(&with_code(&code), None).await.unwrap();
            change.commit().await.unwrap();
        });
        assert!(one.has_code().await.unwrap());
        assert!(one.admits(&grant.unwrap()).await.unwrap());
    }
}
