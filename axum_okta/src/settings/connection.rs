//! Connecting, checking, testing, disconnecting.

use okta_types::{
    AuditEvent, CheckName, CheckReport, ConnectionForm, Draft, GroupsFrom, Outcome,
    SettingsRefusal, TestReport,
};

use super::{Admin, SettingsError, admin::Changing};
use crate::{
    connection::{self, CONNECTION, Connection, ReplaceError, check, parse},
    identity::roles::Roles,
    session::Content,
    setup::SetupGrant,
    store::ConnectionConfig,
};

impl Admin {
    /// Checks the form. If no check fails, stores the connection and uses it from now on. The
    /// report says whether that happened.
    ///
    /// An empty secret stands for the stored one, as long as the issuer and client ID don't change:
    /// a secret is sent only to the provider it was entered for.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Managed`] if the server's environment sets the connection,
    /// [`SettingsError::Store`] if the database doesn't respond. Nothing is changed then.
    pub async fn connect(self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        self.change(async move |changing: Changing| changing.connect(form).await)
            .await
    }

    /// Keeps what can be parsed of a malformed form, so that it can be corrected.
    ///
    /// # Errors
    ///
    /// Always [`SettingsRefusal::MalformedForm`], unless the database doesn't respond.
    pub async fn refuse_connection(self, form: ConnectionForm) -> Result<(), SettingsError> {
        let draft = draft(form);
        self.keep(|content| content.draft = Some(draft.clone()))
            .await?;
        Err(SettingsRefusal::MalformedForm.into())
    }

    /// Runs the checks on the connection in use, without changing anything.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotConnected`] if there is none.
    pub async fn check(mut self) -> Result<CheckReport, SettingsError> {
        let in_use = self.known_connection()?;
        // A separate connection: the cached discovery of the one in use must not be reused here.
        let fresh = self.services.connections.afresh(&in_use);
        let report = check::check(&fresh).await;
        // The right may have been lost while Okta was asked.
        self.confirm().await?;
        self.record(AuditEvent::Checked, failures(&report)).await;
        let kept = report.clone();
        self.keep(|content| {
            content.draft = None;
            content.report = Some(kept.clone());
        })
        .await?;
        Ok(report)
    }

    /// Deletes the connection. Everyone who signed in through it is signed out. The first
    /// connection keeps its roles, admins, and domains for the Okta app that is connected next;
    /// those of another one are deleted with it.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotConnected`] or [`SettingsRefusal::UnknownConnection`] if there is
    /// none, [`SettingsRefusal::NotSuperAdmin`] for an admin of this connection alone,
    /// [`SettingsRefusal::Managed`] if the server's environment sets it, [`SettingsError::Store`]
    /// if the database doesn't respond. The connection stays then.
    pub async fn disconnect(self) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| changing.disconnect().await)
            .await
    }

    /// Stores the result of a test sign-in for this browser's settings page, if this is still an
    /// admin.
    pub(crate) async fn keep_test(mut self, report: TestReport) -> Result<(), SettingsError> {
        self.confirm().await?;
        let outcome = match &report.refused {
            Some(refused) => format!("refused: {refused}"),
            None => "sign-in works".to_owned(),
        };
        self.record(AuditEvent::Tested, outcome).await;
        self.keep(|content| content.tested = Some(report.clone()))
            .await
    }
}

impl Changing {
    async fn connect(mut self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        self.refuse_if_managed()?;
        let services = self.admin.services.clone();
        let name = self.admin.connection.clone();
        let in_use = services.connections.named(&name);
        let may_make = self.admin.is_super || self.admin.by_link;
        if in_use.is_none() && !may_make {
            return Err(SettingsRefusal::UnknownConnection.into());
        }
        let allow_http = self.admin.okta.shared().allow_http_issuer;
        let parsed = parse::connection(&name, &form, allow_http, in_use.as_deref())
            .and_then(|config| keeps_groups(config, &services.roles));
        let (report, candidate) = match parsed {
            Ok(config) => {
                let candidate = services.connections.candidate(config);
                (check::check(&candidate).await, Some(candidate))
            }
            Err(report) => (report, None),
        };
        // The right may have been lost while Okta was asked.
        self.admin.confirm().await?;
        let draft = match candidate.filter(|_| report.passed()) {
            Some(connection) => {
                let replaced = self.put_into_use(in_use.as_deref(), connection).await;
                if let Err(SettingsError::Refused(_)) = &replaced {
                    let draft = draft(form);
                    self.admin
                        .keep(|content| content.draft = Some(draft.clone()))
                        .await?;
                }
                replaced?;
                None
            }
            None => {
                let refused = format!("{}: {}", described(&form), failures(&report));
                self.admin.record(AuditEvent::ConnectRefused, refused).await;
                Some(draft(form))
            }
        };
        let kept = report.clone();
        self.admin
            .keep(|content| {
                content.draft = draft.clone();
                content.report = Some(kept.clone());
            })
            .await?;
        Ok(report)
    }

    async fn put_into_use(
        &self,
        before: Option<&Connection>,
        connection: Connection,
    ) -> Result<(), SettingsError> {
        let services = self.admin.services.clone();
        let connection = services.connections.as_discovered(connection);
        let config = before.map(|before| &*before.config);
        let changes = connection::changes(config, &connection.config);
        let replaced = config.is_none_or(|before| before.id != connection.config.id);
        let stored = services.connections.replace(before, connection).await;
        stored.map_err(refused)?;
        services.sessions.look_again();
        self.admin.record(AuditEvent::Connected, changes).await;
        let grant = match replaced && self.loses_sign_in() {
            true => Some(self.kept_right().await?),
            false => None,
        };
        self.admin
            .keep(|content| {
                // A result from the previous connection says nothing about this one.
                content.tested = None;
                content.setup = grant.clone().or(content.setup.take());
            })
            .await
    }

    async fn disconnect(self) -> Result<(), SettingsError> {
        self.refuse_if_managed()?;
        let services = self.admin.services.clone();
        let in_use = self.admin.known_connection()?;
        if !self.admin.is_super {
            return Err(SettingsRefusal::NotSuperAdmin.into());
        }
        if !services.connections.delete(&in_use).await? {
            return Err(SettingsRefusal::ConnectionChanged.into());
        }
        services.sessions.look_again();
        self.admin
            .record(AuditEvent::Disconnected, in_use.config.issuer.clone())
            .await;
        if in_use.config.name != CONNECTION {
            return Ok(());
        }
        let grant = self.kept_right().await?;
        self.admin
            .keep(|content| {
                *content = Content {
                    signed_in: content.signed_in.take(),
                    setup: Some(grant.clone()),
                    ..Content::default()
                };
            })
            .await
    }

    pub(super) fn refuse_if_managed(&self) -> Result<(), SettingsError> {
        let Admin {
            services,
            connection,
            ..
        } = &self.admin;
        if services.connections.is_managed(connection) {
            return Err(SettingsRefusal::Managed.into());
        }
        Ok(())
    }

    /// Whether it is the connection that the admin signed in through, or has a right for.
    fn loses_sign_in(&self) -> bool {
        let Admin {
            identity,
            by_role,
            content,
            connection,
            ..
        } = &self.admin;
        match (identity, &content.setup) {
            (Some(identity), _) if *by_role => identity.connection == *connection,
            (_, Some(grant)) => grant.connection() == connection,
            _ => true,
        }
    }

    /// Changing the connection ends the admin's own sign-in. This right keeps the settings open in
    /// their browser.
    async fn kept_right(&self) -> Result<SetupGrant, SettingsError> {
        let admin = &self.admin;
        let setups = &admin.services.setups;
        if admin.by_role {
            return Ok(setups.keep_open(admin.identity.clone(), None).await?);
        }
        let kept = admin.content.setup.as_ref();
        // The link's right depends on nobody's sign-in.
        if let Some(grant) = kept.filter(|grant| grant.link_to.is_some()) {
            return Ok(grant.clone());
        }
        let kept = kept.and_then(|grant| Some((grant.given_to.clone()?, grant.until)));
        let (given_to, until) = kept.unzip();
        Ok(setups.keep_open(given_to, until).await?)
    }
}

pub(super) fn refused(error: ReplaceError) -> SettingsError {
    match error {
        ReplaceError::Changed => SettingsRefusal::ConnectionChanged.into(),
        ReplaceError::SameApp(_) => SettingsRefusal::SameApp.into(),
        ReplaceError::Store(error) => error.into(),
    }
}

/// What is stored of a form that was not saved: no secrets, and bounded in size.
fn draft(form: ConnectionForm) -> Draft {
    Draft::new(
        parse::shortened(&form.client_id),
        parse::shortened(&form.issuer),
        parse::shortened(&form.authorization_server),
        parse::shortened_options(form.options),
    )
}

/// What was entered, without the secret.
fn described(form: &ConnectionForm) -> String {
    format!(
        "issuer {}, client ID {}",
        parse::shortened(&form.issuer),
        parse::shortened(&form.client_id)
    )
}

/// The outcome, with the names of checks that didn't pass.
fn failures(report: &CheckReport) -> String {
    let named = |outcome: Outcome| -> Vec<&str> {
        let checks = report.checks.iter();
        checks
            .filter(|check| check.outcome == outcome)
            .map(|check| check.name.title())
            .collect()
    };
    let failed = named(Outcome::Failed);
    if !failed.is_empty() {
        return format!("failed: {}", failed.join(", "));
    }
    let unknown = named(Outcome::Unknown);
    if unknown.is_empty() {
        "all checks passed".to_owned()
    } else {
        format!("no check failed; unconfirmed: {}", unknown.join(", "))
    }
}

/// Without a group source, roles that depend on groups would be lost, including the admins'.
fn keeps_groups(config: ConnectionConfig, roles: &Roles) -> Result<ConnectionConfig, CheckReport> {
    let name = &config.name;
    if config.options.groups_from != GroupsFrom::Nowhere {
        return Ok(config);
    }
    if !config.sign_in_policy.groups.is_empty() {
        return Err(check::refused_form(
            &config.options,
            CheckName::Groups,
            "Only members of certain groups may sign in, so a group source is needed.".to_owned(),
            "Remove the groups under Who may sign in first, or choose a group source.",
        ));
    }
    if !roles.depend_on_groups(name) {
        return Ok(config);
    }
    let remedy = match roles.admin_group(name) {
        Some(_) => {
            "Choose a group source: the server's environment names a group whose members are admins."
        }
        None => "Remove the group rules under Roles first, or choose a group source.",
    };
    Err(check::refused_form(
        &config.options,
        CheckName::Groups,
        "Roles depend on groups, so a group source is needed.".to_owned(),
        remedy,
    ))
}
