//! Who may change the settings, and the changes: [`Visitor`] is anybody at the door, [`Admin`] has been let in.

use std::{net::IpAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use okta_types::{
    ADMIN, Actor, AdminSummary, AuditEvent, AuditPage, CheckName, CheckReport, ConnectionForm,
    CurrentIdentity, Draft, GroupsFrom, Identity, OpenSettings, Outcome, RoleRule, RoleTable,
    Settings, SettingsRefusal, TestReport,
};
use tower_sessions::Session;

use crate::{
    Okta,
    client_address::{client_address, counted_as},
    connection::{CONNECTION, Connection, check, form},
    error::SettingsError,
    okta::Open,
    session::{Content, SetupGrant},
    store::{SetupCode, StoredConnection},
};

/// Longer than anybody calls a group or a role.
const MAX_NAME_LENGTH: usize = 255;
/// Longer than any table that somebody keeps in mind.
const MAX_RULES: usize = 500;

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
        let has_admin = open.roles.can_make_admins() || !open.store.admins().await?.is_empty();
        let has_code = open.store.open_setup().await?.is_some();
        match self.admin().await {
            Ok(admin) => {
                let settings = admin.settings(has_admin, audit_before).await?;
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
        let actor = match &self.identity {
            Some(identity) if identity.has_role(ADMIN) => Actor::from(identity.as_ref()),
            _ if entered_code => Actor::SetupCode,
            Some(_) => return Err(SettingsRefusal::NotAdmin.into()),
            None => return Err(SettingsRefusal::NotSignedIn.into()),
        };
        Ok(Admin {
            okta: self.okta,
            session,
            content,
            actor,
            identity: self.identity,
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

    async fn settings(
        &self,
        has_admin: bool,
        audit_before: Option<&str>,
    ) -> Result<OpenSettings, SettingsError> {
        let open = self.okta.open()?;
        let roles = RoleTable::clone(&open.roles.table());
        Ok(OpenSettings {
            connection: self.okta.connection(),
            redirect_uris: self.okta.redirect_uris(),
            draft: self.content.draft.clone(),
            report: self.content.report.clone(),
            has_admin,
            admins: open.store.admins().await?,
            seen_groups: open.store.seen_groups(&roles).await?,
            roles,
            roles_draft: self.content.roles_draft.clone(),
            admin_group: open.roles.admin_group().map(str::to_owned),
            tested: self.content.tested.clone(),
            audit: self.audit(audit_before).await?,
        })
    }

    /// Checks what was typed and, if nothing failed, uses it from now on and keeps it. The report says which.
    ///
    /// An empty secret stands for the stored one, as long as issuer and client ID are the stored ones: a secret goes
    /// to the provider it was given for, and nowhere else.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Managed`] when the environment gives the connection, [`SettingsError::Store`] when the database
    /// does not answer; nothing is changed then.
    pub async fn connect(mut self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = open.changing.lock().await;
        self.refuse_if_managed()?;

        let live = open.connection.load_full();
        let understood = form::understand(&form, okta.shared().allow_http_issuer, live.as_deref())
            .and_then(|stored| keeps_groups(stored, open));
        let (report, candidate) = match understood {
            Ok(stored) => {
                let candidate = okta.make_connection(open, stored);
                (check::check(&candidate).await, Some(candidate))
            }
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
                    client_id: form::shortened(&form.client_id),
                    issuer: form::shortened(&form.issuer),
                    authorization_server: form::shortened(&form.authorization_server),
                    options: form.options,
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
        let open = self.okta.open()?;
        // A connection of its own: the cached discovery of the one in use must not answer for the provider.
        let fresh = self.okta.make_connection(open, live.stored());
        let report = check::check(&fresh).await;
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
    /// [`SettingsRefusal::NotConnected`] when there is none, [`SettingsRefusal::Managed`] when the environment gives it,
    /// [`SettingsError::Store`] when the database does not answer; the connection stays then.
    pub async fn disconnect(mut self) -> Result<(), SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = open.changing.lock().await;
        self.refuse_if_managed()?;
        let Some(live) = open.connection.load_full() else {
            return Err(SettingsRefusal::NotConnected.into());
        };
        open.store.delete_connection(CONNECTION).await?;
        open.connection.store(None);
        self.record(open, AuditEvent::Disconnected, live.issuer.clone())
            .await;
        self.content = Content {
            signed_in: self.content.signed_in.take(),
            ..Content::default()
        };
        self.keep_open(open).await?;
        self.content.save(&self.session).await?;
        Ok(())
    }

    /// The role table in use.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`] when opening failed.
    pub fn roles(&self) -> Result<RoleTable, SettingsError> {
        Ok(RoleTable::clone(&self.okta.open()?.roles.table()))
    }

    /// Uses this role table from now on, for people who are signed in, too, and keeps it.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedRoles`] when a role or group cannot be one, [`SettingsRefusal::LocksYouOut`] when
    /// whoever changes it would no longer be admin, [`SettingsError::Store`] when the database does not answer.
    pub async fn set_roles(mut self, typed: RoleTable) -> Result<(), SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = open.changing.lock().await;
        let saved = self.replace_roles(open, &typed).await;
        self.content.roles_draft = saved.is_err().then(|| shortened_table(typed));
        self.content.save(&self.session).await?;
        saved
    }

    async fn replace_roles(&self, open: &Open, typed: &RoleTable) -> Result<(), SettingsError> {
        let table = checked_table(typed)?;
        if let Some(identity) = self.identity.as_deref().filter(|_| self.is_person())
            && !open
                .roles
                .of(identity, &table)
                .await?
                .iter()
                .any(|role| role == ADMIN)
        {
            return Err(SettingsRefusal::LocksYouOut.into());
        }
        let changes = table.to_string();
        open.roles.replace(table).await?;
        self.record(open, AuditEvent::RolesChanged, changes).await;
        Ok(())
    }

    /// Who is admin by name.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn admins(&self) -> Result<Vec<AdminSummary>, SettingsError> {
        Ok(self.okta.open()?.store.admins().await?)
    }

    /// Takes the right from somebody who is admin by name. Whoever is admin by a role, too, stays one.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::LastAdmin`] when nobody would be left whom this app knows to be admin,
    /// [`SettingsRefusal::UnknownAdmin`] when there is no such admin.
    pub async fn remove_admin(self, issuer: &str, subject: &str) -> Result<(), SettingsError> {
        let open = self.okta.open()?;
        let _changing = open.changing.lock().await;
        let admins = open.store.admins().await?;
        let removed = admins
            .iter()
            .find(|admin| admin.issuer == issuer && admin.subject == subject)
            .ok_or(SettingsRefusal::UnknownAdmin)?;
        let spare_last = !self.is_admin_by_role(open);
        if !open.store.delete_admin(issuer, subject, spare_last).await? {
            return Err(SettingsRefusal::LastAdmin.into());
        }
        open.roles.find_anew();
        let whom = format!("{} ({subject})", removed.name);
        self.record(open, AuditEvent::AdminRemoved, whom).await;
        Ok(())
    }

    /// Whether it is somebody signed in who makes the change, rather than whoever entered the setup code.
    fn is_person(&self) -> bool {
        matches!(self.actor, Actor::Person { .. })
    }

    /// Whether whoever makes the change is admin by their groups, and so stays one whoever is admin by name.
    fn is_admin_by_role(&self, open: &Open) -> bool {
        self.identity.as_ref().is_some_and(|identity| {
            let groups = identity.groups.as_deref().unwrap_or_default();
            let by_table = open.roles.table().roles_of(groups);
            let by_group = open.roles.admin_group();
            by_table.iter().any(|role| role == ADMIN)
                || by_group.is_some_and(|group| identity.in_group(group))
        })
    }

    /// Keeps what arrived when the connection was tested, for the settings page of this browser.
    pub(crate) async fn keep_test(mut self, report: TestReport) -> Result<(), SettingsError> {
        let open = self.okta.open()?;
        let outcome = match &report.refused {
            Some(refused) => format!("refused: {refused}"),
            None => "a sign-in works".to_owned(),
        };
        self.record(open, AuditEvent::Tested, outcome).await;
        self.content.tested = Some(report);
        self.content.save(&self.session).await?;
        Ok(())
    }

    fn refuse_if_managed(&self) -> Result<(), SettingsError> {
        if self.okta.is_managed() {
            return Err(SettingsRefusal::Managed.into());
        }
        Ok(())
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

/// What was typed, without the secret.
fn described(form: &ConnectionForm) -> String {
    format!(
        "issuer {}, client ID {}",
        form::shortened(&form.issuer),
        form::shortened(&form.client_id)
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

/// Roles that depend on groups would be gone if groups came from nowhere, the admins' among them.
fn keeps_groups(stored: StoredConnection, open: &Open) -> Result<StoredConnection, CheckReport> {
    if stored.options.groups_from == GroupsFrom::Nowhere && open.roles.depend_on_groups() {
        return Err(check::refused_form(
            &stored.options,
            CheckName::Groups,
            "Roles depend on groups, so groups have to come from somewhere.".to_owned(),
            "Remove the rules of the role table first, or choose where groups come from.",
        ));
    }
    Ok(stored)
}

/// Trimmed; without the rows that were left empty. The order stays.
fn checked_table(typed: &RoleTable) -> Result<RoleTable, SettingsRefusal> {
    let mut table = RoleTable {
        rules: Vec::new(),
        default_role: typed
            .default_role
            .as_deref()
            .map(str::trim)
            .filter(|role| !role.is_empty())
            .map(|role| checked_name(role).map(str::to_owned))
            .transpose()?,
    };
    for rule in &typed.rules {
        let (group, role) = (rule.group.trim(), rule.role.trim());
        if group.is_empty() && role.is_empty() {
            continue;
        }
        let rule = RoleRule::new(checked_name(group)?, checked_name(role)?);
        if !table.rules.contains(&rule) {
            table.rules.push(rule);
        }
    }
    // Everybody an admin is nothing that anybody means.
    if table.rules.len() > MAX_RULES || table.default_role.as_deref() == Some(ADMIN) {
        return Err(SettingsRefusal::MalformedRoles);
    }
    Ok(table)
}

fn checked_name(name: &str) -> Result<&str, SettingsRefusal> {
    let is_name = !name.is_empty()
        && name.chars().count() <= MAX_NAME_LENGTH
        && !name.chars().any(char::is_control);
    is_name
        .then_some(name)
        .ok_or(SettingsRefusal::MalformedRoles)
}

/// What is kept of a table that could not be saved.
fn shortened_table(mut typed: RoleTable) -> RoleTable {
    typed.rules.truncate(MAX_RULES);
    for rule in &mut typed.rules {
        rule.group = form::shortened(&rule.group);
        rule.role = form::shortened(&rule.role);
    }
    typed.default_role = typed.default_role.as_deref().map(form::shortened);
    typed
}
