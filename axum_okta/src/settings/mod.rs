//! Who may change the settings, and the changes: [`Visitor`] is anybody at the door, [`Admin`] has been let in.

mod admins;
mod connection;
mod roles;

use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use okta_types::{
    ADMIN, Actor, AuditEvent, AuditPage, AuditQuery, CurrentIdentity, Identity, OpenSettings,
    RoleTable, Settings, SettingsRefusal,
};
use tokio::sync::MutexGuard;
use tower_sessions::{Session, SessionStore};
use tracing::Instrument;

use crate::{
    Okta,
    client_address::{client_address, counted_as},
    error::{SettingsError, StoreError},
    okta::Open,
    session::{Content, SetupGrant},
    store::SetupCode,
};

/// Whoever asks for the settings page. An axum extractor behind [`Okta::layer`].
pub struct Visitor {
    okta: Okta,
    session: Option<Session>,
    identity: Option<Arc<Identity>>,
    address: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = SettingsError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let extensions = &parts.extensions;
        let okta: Okta = extensions
            .get()
            .cloned()
            .ok_or(SettingsError::LayerMissing)?;
        let identity = extensions
            .get::<CurrentIdentity>()
            .and_then(CurrentIdentity::get)
            .cloned();
        let address = client_address(extensions, &parts.headers, &okta.shared().trusted_proxies);
        Ok(Self {
            okta,
            session: extensions.get().cloned(),
            identity,
            address,
        })
    }
}

impl Visitor {
    /// What the settings page may show to this visitor, with the page of the audit trail that is asked for.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn settings(self, audit: &AuditQuery) -> Result<Settings, SettingsError> {
        let Ok(open) = self.okta.open() else {
            return Ok(Settings::Unavailable);
        };
        let connected = self.okta.connection().is_some();
        let has_admin = connected
            && (open.roles.a_group_is_admin() || self.okta.has_admin_by_name(open).await?);
        let setup = open.store.open_setup().await?;
        // Without a connection nobody can sign in: a code, which the operator can make, is the only way then.
        let has_code = setup.is_some_and(|setup| setup.has_code) || !connected;
        match self.admin().await {
            Ok(admin) => {
                let settings = admin.settings(audit).await?;
                Ok(Settings::Open(Box::new(settings)))
            }
            Err(SettingsError::Refused(SettingsRefusal::NotAdmin)) => {
                Ok(Settings::Forbidden { has_code })
            }
            Err(SettingsError::Refused(SettingsRefusal::NotSignedIn)) if has_code => {
                Ok(Settings::SetupCode { has_admin })
            }
            Err(SettingsError::Refused(SettingsRefusal::NotSignedIn)) => Ok(Settings::SignIn),
            Err(error) => Err(error),
        }
    }

    /// Opens the settings for this browser, for an hour, if `code` is the setup code.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::TooManyAttempts`] after ten attempts a minute from one address,
    /// [`SettingsRefusal::WrongSetupCode`] when the code is wrong or dead.
    pub async fn enter_setup_code(self, code: &str) -> Result<(), SettingsError> {
        let open = self.okta.open()?;
        if !open.setup_attempts.allows(&counted_as(self.address)) {
            // Not into the trail: what nobody limits must not cost a write.
            tracing::warn!(address = ?self.address, "too many setup codes tried");
            return Err(SettingsRefusal::TooManyAttempts.into());
        }
        let Some(setup_id) = open
            .store
            .setup_of_code(&SetupCode::from_text(code))
            .await?
        else {
            self.record(open, AuditEvent::SetupCodeRefused, "wrong or dead code")
                .await;
            return Err(SettingsRefusal::WrongSetupCode.into());
        };
        let session = self.session.as_ref().ok_or(SettingsError::LayerMissing)?;
        let mut content = Content::load(session).await?;
        content.setup = Some(SetupGrant {
            setup_id,
            until: SetupGrant::end(),
            given_to: None,
        });
        open.live_sessions.renew(session).await?;
        content.save(session).await?;
        self.record(open, AuditEvent::SetupCodeAccepted, None).await;
        Ok(())
    }

    async fn record(&self, open: &Open, event: AuditEvent, detail: impl Into<Option<&str>>) {
        let actor = match &self.identity {
            Some(identity) => Actor::from(identity.as_ref()),
            None => Actor::Stranger,
        };
        let detail = detail.into().map(str::to_owned);
        open.record(event, actor, self.address, detail).await;
    }

    /// Lets in whoever entered the setup code or is an admin.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotSignedIn`] or [`SettingsRefusal::NotAdmin`] for everybody else.
    pub async fn admin(self) -> Result<Admin, SettingsError> {
        let open = self.okta.open()?;
        let session = self.session.ok_or(SettingsError::LayerMissing)?;
        let content = Content::load(&session).await?;
        let setup = open.store.open_setup().await?;
        let grant = content
            .setup
            .as_ref()
            .filter(|grant| setup.is_some_and(|setup| setup.gave(grant)));
        let (actor, by_role) = match (&self.identity, grant) {
            (Some(identity), _) if identity.has_role(ADMIN) => {
                (Actor::from(identity.as_ref()), true)
            }
            (_, Some(grant)) => (grant.given_to.clone().unwrap_or(Actor::SetupCode), false),
            (Some(_), None) => return Err(SettingsRefusal::NotAdmin.into()),
            (None, None) => return Err(SettingsRefusal::NotSignedIn.into()),
        };
        Ok(Admin {
            okta: self.okta,
            session,
            content,
            actor,
            by_role,
            identity: self.identity,
            address: self.address,
        })
    }
}

/// Runs on although whoever asked has closed their browser: what is in the database has to be in use, too.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, SettingsError>> + Send + 'static,
) -> Result<T, SettingsError> {
    let running = tokio::spawn(change.in_current_span());
    running
        .await
        .unwrap_or_else(|_| Err(SettingsRefusal::Failed.into()))
}

/// Somebody who may change the settings: an admin, or whoever entered the setup code. An axum extractor behind
/// [`Okta::layer`] that refuses everybody else.
pub struct Admin {
    okta: Okta,
    session: Session,
    content: Content,
    actor: Actor,
    /// Whether it is the role that lets them in, rather than a setup that is open.
    by_role: bool,
    identity: Option<Arc<Identity>>,
    address: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = SettingsError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Visitor::from_request_parts(parts, state)
            .await?
            .admin()
            .await
    }
}

impl Admin {
    /// A page of the audit trail, newest first.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, SettingsError> {
        Ok(self.okta.open()?.store.audit(query).await?)
    }

    /// Waits until nobody else changes the settings, and makes sure that this is still an admin by then.
    async fn lock<'o>(&self, open: &'o Open) -> Result<MutexGuard<'o, ()>, SettingsError> {
        if open.changing.try_lock().is_err() {
            tracing::debug!("waiting for another change of the settings");
        }
        let changing = open.changing.lock().await;
        self.confirm(open).await?;
        Ok(changing)
    }

    /// The right may have been lost since it was found: while this change waited for another one, or for Okta.
    async fn confirm(&self, open: &Open) -> Result<(), SettingsError> {
        let session = match self.session.id() {
            Some(id) => open
                .store
                .sessions
                .load(&id)
                .await
                .map_err(StoreError::from_session)?,
            None => None,
        };
        let is_admin = match &self.identity {
            _ if session.is_none() => false,
            Some(identity) if self.by_role => {
                let connection = self.okta.live_connection();
                let signed_in = self.content.signed_in.as_ref();
                connection.map(|connection| connection.id.clone())
                    == signed_in.map(|signed_in| signed_in.connection_id.clone())
                    && open.roles.is_admin(identity, &open.roles.table()).await?
            }
            _ => {
                let setup = open.store.open_setup().await?;
                let grant = self.content.setup.as_ref();
                grant
                    .zip(setup)
                    .is_some_and(|(grant, setup)| setup.gave(grant))
            }
        };
        if is_admin {
            Ok(())
        } else {
            Err(SettingsRefusal::NotSignedIn.into())
        }
    }

    async fn record(&self, open: &Open, event: AuditEvent, detail: String) {
        let actor = self.actor.clone();
        open.record(event, actor, self.address, detail).await;
    }

    async fn settings(&self, audit: &AuditQuery) -> Result<OpenSettings, SettingsError> {
        let open = self.okta.open()?;
        let roles = RoleTable::clone(&open.roles.table());
        let makes_admin = match &self.content.setup {
            Some(grant) => self.okta.makes_admin(open, grant).await?,
            None => false,
        };
        Ok(OpenSettings {
            connection: self.okta.connection(),
            redirect_uris: self.okta.redirect_uris(),
            draft: self.content.draft.clone(),
            report: self.content.report.clone(),
            makes_admin,
            admins: open.store.admins().await?,
            seen_groups: open.store.seen_groups(&roles).await?,
            roles,
            roles_version: self.roles_version()?,
            roles_draft: self.content.roles_draft.clone(),
            admin_group: open.roles.admin_group().map(str::to_owned),
            tested: self.content.tested.clone(),
            recent: open.store.recent_activity().await?,
            audit: self.audit(audit).await?,
        })
    }
}
