//! Who may change the settings, and the changes: [`Visitor`] is anybody at the door, [`Admin`] has been let in.

use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use okta_types::{
    Actor, AuditEvent, AuditPage, CheckName, CheckReport, ConnectionForm, CurrentIdentity, Draft,
    Identity, OpenSettings, Outcome, Settings, SettingsRefusal,
};
use secrecy::SecretString;
use tower_sessions::Session;

use crate::{
    Okta,
    client_address::{client_address, counted_as},
    connection::{CONNECTION, Connection, check, issuer::IssuerError},
    error::SettingsError,
    okta::Open,
    random_token,
    session::{Content, SetupGrant},
    store::{SetupCode, StoredConnection, now},
};

/// Okta's client IDs have 20 characters, its secrets 64; other providers' are longer.
const MAX_FIELD_LENGTH: usize = 1024;

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
    /// What the settings page may show to this visitor; of the audit trail the newest entries, or those before the place
    /// that an earlier [`AuditPage`] named.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn settings(self, audit_before: Option<&str>) -> Result<Settings, SettingsError> {
        let Ok(open) = self.okta.open() else {
            return Ok(Settings::Unavailable);
        };
        let has_admin = open.store.has_admin().await?;
        let has_code = open.store.open_setup().await?.is_some();
        match self.admin().await {
            Ok(admin) => {
                let audit = admin.audit(audit_before).await?;
                Ok(Settings::Open(Box::new(admin.settings(has_admin, audit))))
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
            self.record(open, AuditEvent::SetupCodeRefused, "too many attempts")
                .await;
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
        content.setup = Some(SetupGrant::new(setup_id));
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
        let entered_code = content
            .setup
            .as_ref()
            .is_some_and(|grant| setup.as_ref() == Some(&grant.setup_id));
        let is_admin = match &self.identity {
            Some(identity) => {
                open.store
                    .is_admin(&identity.issuer, &identity.subject)
                    .await?
            }
            None => false,
        };
        let actor = match &self.identity {
            Some(identity) if is_admin => Actor::from(identity.as_ref()),
            _ if entered_code => Actor::SetupCode,
            Some(_) => return Err(SettingsRefusal::NotAdmin.into()),
            None => return Err(SettingsRefusal::NotSignedIn.into()),
        };
        Ok(Admin {
            okta: self.okta,
            session,
            content,
            actor,
            address: self.address,
        })
    }
}

/// Somebody who may change the settings: an admin, or whoever entered the setup code. An axum extractor behind
/// [`Okta::layer`] that refuses everybody else.
pub struct Admin {
    okta: Okta,
    session: Session,
    content: Content,
    actor: Actor,
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
    /// The audit trail, newest first: the first page, or the one that begins where an earlier page said.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn audit(&self, before: Option<&str>) -> Result<AuditPage, SettingsError> {
        Ok(self.okta.open()?.store.audit(before).await?)
    }

    async fn record(&self, open: &Open, event: AuditEvent, detail: String) {
        let actor = self.actor.clone();
        open.record(event, actor, self.address, detail).await;
    }

    fn settings(&self, has_admin: bool, audit: AuditPage) -> OpenSettings {
        OpenSettings {
            connection: self.okta.connection(),
            redirect_uris: self.okta.redirect_uris(),
            draft: self.content.draft.clone(),
            report: self.content.report.clone(),
            has_admin,
            audit,
        }
    }

    /// Checks what was typed and, if nothing failed, uses it from now on and keeps it. The report says which.
    ///
    /// An empty secret stands for the stored one, as long as issuer and client ID are the stored ones: a secret goes
    /// to the provider it was given for, and nowhere else.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer; nothing is changed then.
    pub async fn connect(mut self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = open.changing.lock().await;

        let (report, candidate) = match self.candidate(open, &form) {
            Ok(candidate) => (check::check(&candidate).await, Some(candidate)),
            Err(report) => (report, None),
        };
        match candidate.filter(|_| report.passed()) {
            Some(connection) => {
                self.put_into_use(open, connection).await?;
                self.content.draft = None;
            }
            None => {
                let refused = format!("{}: {}", described(&form), failures(&report));
                self.record(open, AuditEvent::ConnectRefused, refused).await;
                self.content.draft = Some(Draft {
                    client_id: shortened(&form.client_id),
                    issuer: shortened(&form.issuer),
                });
            }
        }
        self.content.report = Some(report.clone());
        self.content.save(&self.session).await?;
        Ok(report)
    }

    /// Runs the checks on the connection in use; changes nothing.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotConnected`] when there is none.
    pub async fn check(mut self) -> Result<CheckReport, SettingsError> {
        let live = self
            .okta
            .live_connection()
            .ok_or(SettingsRefusal::NotConnected)?;
        // A connection of its own: the cached discovery of the one in use must not answer for the provider.
        let fresh = self.okta.make_connection(self.okta.open()?, live.stored());
        let report = check::check(&fresh).await;
        let open = self.okta.open()?;
        self.record(open, AuditEvent::Checked, failures(&report))
            .await;
        self.content.draft = None;
        self.content.report = Some(report.clone());
        self.content.save(&self.session).await?;
        Ok(report)
    }

    /// Takes the connection out of use and forgets it. Whoever signed in through it is signed out.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotConnected`] when there is none, [`SettingsError::Store`] when the database does not
    /// answer; the connection stays then.
    pub async fn disconnect(mut self) -> Result<(), SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = open.changing.lock().await;
        let Some(live) = open.connection.load_full() else {
            return Err(SettingsRefusal::NotConnected.into());
        };
        open.store.delete_connection(CONNECTION).await?;
        open.connection.store(None);
        self.record(open, AuditEvent::Disconnected, live.issuer.clone())
            .await;
        self.content.draft = None;
        self.content.report = None;
        self.keep_open(open).await?;
        self.content.save(&self.session).await?;
        Ok(())
    }

    /// A connection from what was typed, or the report that says why there can be none.
    fn candidate(&self, open: &Open, form: &ConnectionForm) -> Result<Connection, CheckReport> {
        let issuer = self
            .okta
            .understand_issuer(&form.issuer)
            .map_err(issuer_report)?;
        let client_id = checked_field("client ID", &form.client_id)?;
        let live = open.connection.load();
        let same_app = live
            .as_ref()
            .filter(|live| live.issuer == issuer && live.relying_party.client_id == client_id);
        let client_secret: SecretString = match (form.client_secret.trim(), same_app) {
            ("", Some(live)) => live.relying_party.client_secret.clone(),
            (typed, _) => checked_field("client secret", typed)?.into(),
        };
        let stored = StoredConnection {
            id: same_app.map_or_else(random_token, |live| live.id.clone()),
            name: CONNECTION.to_owned(),
            issuer,
            client_id,
            client_secret,
            connected_at: same_app.map_or_else(now, |live| live.connected_at),
        };
        Ok(self.okta.make_connection(open, stored))
    }

    async fn put_into_use(
        &mut self,
        open: &Open,
        connection: Connection,
    ) -> Result<(), SettingsError> {
        open.store.put_connection(&connection.stored()).await?;
        let live = open.connection.load_full();
        let changes = connection.changes_from(live.as_deref());
        self.record(open, AuditEvent::Connected, changes).await;
        let replaced = live.is_none_or(|live| live.id != connection.id);
        open.connection.store(Some(Arc::new(connection)));
        if replaced {
            self.keep_open(open).await?;
        }
        Ok(())
    }

    /// Whoever changes the connection loses their own sign-in with it. This browser keeps the settings open, and the
    /// next person to sign in from it becomes an admin. Saving the session is left to the caller.
    async fn keep_open(&mut self, open: &Open) -> Result<(), SettingsError> {
        let setup_id = match open.store.open_setup().await? {
            Some(setup_id) => setup_id,
            None => {
                // A code that nobody ever sees.
                open.store.put_setup_code(&SetupCode::generate()).await?;
                open.store.open_setup().await?.unwrap_or_default()
            }
        };
        self.content.setup = Some(SetupGrant::new(setup_id));
        Ok(())
    }
}

fn issuer_report(error: IssuerError) -> CheckReport {
    check::refused_form(
        CheckName::Issuer,
        format!("What is typed as issuer cannot be used: {error}."),
        "Paste the issuer URI of your Okta org, such as https://YOUR-DOMAIN.okta.com.",
    )
}

/// Trimmed, not empty, not absurdly long, and without anything that cannot be seen.
fn checked_field(name: &str, typed: &str) -> Result<String, CheckReport> {
    let typed = typed.trim();
    let problem = if typed.is_empty() {
        "is empty"
    } else if typed.len() > MAX_FIELD_LENGTH {
        "is too long"
    } else if typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        "has spaces or line breaks in it"
    } else {
        return Ok(typed.to_owned());
    };
    Err(check::refused_form(
        CheckName::Credentials,
        format!("The {name} {problem}."),
        "Copy it from Okta: Applications → Applications → your app → General → Client Credentials.",
    ))
}

/// What was typed, without the secret.
fn described(form: &ConnectionForm) -> String {
    format!(
        "issuer {}, client ID {}",
        shortened(&form.issuer),
        shortened(&form.client_id)
    )
}

/// The checks that failed, by name.
fn failures(report: &CheckReport) -> String {
    let failed: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed)
        .map(|check| check.name.title())
        .collect();
    if failed.is_empty() {
        "all checks passed".to_owned()
    } else {
        format!("failed: {}", failed.join(", "))
    }
}

fn shortened(typed: &str) -> String {
    typed.chars().take(MAX_FIELD_LENGTH).collect()
}
