//! [`Admin`], and the one way in which it makes changes.

use std::{fmt, net::IpAddr, sync::Arc};

use axum::{extract::FromRequestParts, response::Response};
use http::request::Parts;
use okta_types::{
    Actor, AuditEvent, AuditPage, AuditQuery, ConnectionQuery, Identity, OpenSettings, RoleTable,
    SettingsRefusal,
};
use serde_json::json;
use tower_sessions::Session;
use tracing::Instrument;

use super::{Expected, SettingsError, Visitor};
use crate::{
    admin_token::AdminToken,
    audit::{self, Format},
    connection::{CONNECTION, Connection, parse},
    okta::Okta,
    services::Services,
    session::Content,
    turns::Turn,
};

/// Somebody who may change the settings: an admin, or a visitor who entered the setup code. An axum
/// extractor inside [`Okta::layer`] that rejects everybody else.
pub struct Admin {
    pub(super) okta: Okta,
    pub(super) services: Arc<Services>,
    /// The browser's; `None` for a program, and for the app itself.
    pub(super) session: Option<Session>,
    pub(super) content: Content,
    /// The connection whose settings these are.
    pub(super) connection: String,
    /// Whether they may open the settings of every connection.
    pub(super) is_super: bool,
    pub(super) actor: Actor,
    pub(super) access: Access,
    /// Whether they came by a setup link, and nobody knows yet who they are.
    pub(super) by_link: bool,
    pub(super) identity: Option<Identity>,
    pub(super) address: Option<IpAddr>,
    /// What the connection has to be for a change.
    pub(super) expected: Option<Expected>,
}

/// What lets somebody in.
pub(super) enum Access {
    /// The role of a person who is signed in.
    Role,
    /// An open setup, in this browser.
    Setup,
    /// A token, which a program sent.
    Token(AdminToken),
    /// It is the app's own code.
    App,
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = SettingsError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        visitor.admin().await
    }
}

/// An admin whose turn it is: nobody else changes this connection at the same time.
pub(super) struct Changing {
    pub(super) admin: Admin,
    _turn: Turn,
}

impl Admin {
    /// Waits for its turn, confirms that this is still an admin, and runs to the end even if the
    /// browser disconnects: what is in the database must also be in use.
    pub(super) async fn change<T: Send + 'static, F>(
        mut self,
        work: impl FnOnce(Changing) -> F,
    ) -> Result<T, SettingsError>
    where
        F: Future<Output = Result<T, SettingsError>> + Send + 'static,
    {
        let turn = self.services.turns.of(&self.connection).await;
        self.confirm().await?;
        self.refuse_other_version()?;
        let changing = Changing {
            admin: self,
            _turn: turn,
        };
        tokio::spawn(work(changing).in_current_span())
            .await
            .unwrap_or_else(|_| Err(SettingsRefusal::Failed.into()))
    }

    /// The right may have been lost while waiting for another admin or for Okta. Reads the session
    /// again.
    pub(super) async fn confirm(&mut self) -> Result<(), SettingsError> {
        if self.is_still_admin().await? {
            Ok(())
        } else {
            Err(SettingsRefusal::NotSignedIn.into())
        }
    }

    async fn is_still_admin(&mut self) -> Result<bool, SettingsError> {
        let Services {
            connections,
            roles,
            sessions,
            setups,
            ..
        } = &*self.services;
        match &self.access {
            Access::Token(token) => return self.services.admits(token).await,
            Access::App => return Ok(true),
            Access::Role | Access::Setup => {}
        }
        let Some(id) = self.session.as_ref().and_then(Session::id) else {
            return Ok(false);
        };
        let Some(content) = sessions.content(&id).await? else {
            return Ok(false);
        };
        self.content = content;
        if !self.has_role() {
            return Ok(match &self.content.setup {
                Some(grant) => setups.admits(grant).await?,
                None => false,
            });
        }
        let Some(signed_in) = &self.content.signed_in else {
            return Ok(false);
        };
        match connections.with_id(&signed_in.connection_id) {
            // With the groups that they have by now.
            Some(_) => Ok(roles.is_admin_now(&signed_in.identity).await?),
            None => Ok(false),
        }
    }

    /// Returns the same admin with the settings of another connection. An admin of one connection
    /// may see no other: to them there is none.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] for everybody but admins of the whole app,
    /// [`SettingsRefusal::MalformedName`] if no connection can be called so.
    pub fn for_connection(mut self, name: &str) -> Result<Self, SettingsError> {
        if name == self.connection {
            return Ok(self);
        }
        if !self.reaches(name) {
            return Err(SettingsRefusal::UnknownConnection.into());
        }
        if !parse::is_name(name) {
            return Err(SettingsRefusal::MalformedName.into());
        }
        name.clone_into(&mut self.connection);
        Ok(self)
    }

    /// Whether they may open the settings of this connection.
    pub(super) fn reaches(&self, connection: &str) -> bool {
        match &self.access {
            Access::Token(token) => token.scope.includes(connection),
            Access::Role | Access::Setup | Access::App => {
                self.is_super || connection == self.connection
            }
        }
    }

    /// Whose requests these are, as opposed to everybody else's.
    pub(crate) fn caller(&self) -> String {
        json!([self.connection, self.actor]).to_string()
    }

    pub(super) fn has_role(&self) -> bool {
        matches!(self.access, Access::Role)
    }

    /// The connection whose settings these are.
    pub(crate) fn known_connection(&self) -> Result<Arc<Connection>, SettingsRefusal> {
        let connection = self.services.connections.named(&self.connection);
        connection.ok_or(match &*self.connection {
            CONNECTION => SettingsRefusal::NotConnected,
            _ => SettingsRefusal::UnknownConnection,
        })
    }

    /// Returns a page of the audit trail, newest first.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::SignInFirst`] to whoever only has a setup link,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, SettingsError> {
        self.refuse_before_sign_in()?;
        let query = self.scoped(query.clone());
        Ok(self.services.audit.page(&query).await?)
    }

    /// The settings of the first connection show what happened in the whole app, and every other's
    /// what is about it.
    fn scoped(&self, mut query: AuditQuery) -> AuditQuery {
        if let Some(connection) = self.one_of_several() {
            let named = query.connection.filter(|name| self.reaches(name));
            query.connection = Some(named.unwrap_or_else(|| connection.to_owned()));
        }
        query
    }

    /// The connection that everything has to be about; `None` if it may be about any.
    pub(super) fn one_of_several(&self) -> Option<&str> {
        let is_one = !self.is_super || self.connection != CONNECTION;
        is_one.then_some(&*self.connection)
    }

    /// Downloads all matching entries as a file.
    pub(crate) fn download_audit(
        &self,
        query: AuditQuery,
        format: Format,
    ) -> Result<Response, SettingsRefusal> {
        self.refuse_before_sign_in()?;
        Ok(self.services.audit.download(self.scoped(query), format))
    }

    pub(super) async fn record(&self, event: AuditEvent, detail: String) {
        let entry = audit::entry(event, self.actor.clone(), self.address, detail);
        let entry = entry.about(&self.connection);
        self.services.audit.record(entry).await;
    }

    /// Stores what this browser is shown next at once, because the response may never be sent. A
    /// program is shown nothing.
    /// Changes that others made to the session in the meantime stay.
    pub(super) async fn keep(&self, edit: impl Fn(&mut Content)) -> Result<(), SettingsError> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let sessions = &self.services.sessions;
        let edit = |content: &mut Content| {
            content.turn_to(&self.connection);
            edit(content);
        };
        Ok(sessions.change_content(session, edit).await?)
    }

    pub(super) async fn settings(&self, audit: &AuditQuery) -> Result<OpenSettings, SettingsError> {
        let services = &self.services;
        let name = &*self.connection;
        let mut content = self.content.clone();
        content.turn_to(name);
        let connection = services.connections.named(name);
        let mut settings = OpenSettings::new(self.okta.redirect_uris_of(name));
        settings.connection_name = name.to_owned();
        settings.connections = self.connections(&ConnectionQuery::default()).total;
        settings.is_super = self.is_super;
        settings.by_link = self.by_link;
        if self.is_super {
            settings.setup_links = self.known_setup_links().await?;
            settings.new_setup_link = self.show_new_setup_link(&content).await?;
        }
        if connection.is_some() {
            settings.domains = self.domains().await?;
        }
        settings.branding = self.branding().await?;
        settings.makes_admin = self.next_to_sign_in_becomes_admin().await?;
        settings.offers_dpop = connection.as_ref().and_then(|known| known.offers_dpop());
        settings.connection = connection.map(|connection| connection.summary());
        settings.draft = content.draft;
        settings.report = content.report;
        settings.roles = RoleTable::clone(&services.roles.table(name));
        settings.roles_version = self.roles_version();
        settings.roles_draft = content.roles_draft;
        settings.admin_group = services.roles.admin_group(name).map(str::to_owned);
        settings.tested = content.tested;
        if self.is_super {
            // They name people, of whatever connection.
            settings.sign_out_calls = services.sign_out_calls.all(&services.store).await?;
        }
        settings.client_keys = Some(self.client_keys().await?);
        if !self.by_link {
            settings.admins = self.admins().await?;
            settings.seen_groups = services.roles.seen_groups(name).await?;
            settings.recent = services.audit.recent(self.one_of_several()).await?;
            settings.audit = self.audit(audit).await?;
        }
        Ok(settings)
    }

    async fn next_to_sign_in_becomes_admin(&self) -> Result<bool, SettingsError> {
        let name = &*self.connection;
        let connection = self.services.connections.named(name);
        let issuer = connection.map_or(String::new(), |found| found.issuer().to_owned());
        match &self.content.setup {
            Some(grant) => {
                let setups = &self.services.setups;
                Ok(setups.makes_admin(grant, name, &issuer).await?)
            }
            None => Ok(false),
        }
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin")
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}
