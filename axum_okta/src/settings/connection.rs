//! Checking, testing, and disconnecting the connection in use.

use okta_types::{AuditEvent, CheckReport, Outcome, SettingsRefusal, TestReport};

use super::{Admin, SettingsError, admin::Changing};
use crate::{
    connection::{CONNECTION, check},
    session::Content,
    setup::SetupGrant,
};

impl Admin {
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
    pub(super) async fn disconnect(self) -> Result<(), SettingsError> {
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
        if in_use.config.name != CONNECTION || self.admin.session.is_none() {
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

    /// Changing the connection ends the admin's own sign-in. This right keeps the settings open in
    /// their browser.
    pub(super) async fn kept_right(&self) -> Result<SetupGrant, SettingsError> {
        let admin = &self.admin;
        let setups = &admin.services.setups;
        if admin.has_role() {
            return Ok(setups.keep_open(admin.identity.clone(), None).await?);
        }
        let kept = admin.content.setup.as_ref();
        // The right of a link or of a code depends on nobody's sign-in. It ends with them: were it made
        // anew, it would be that of a code that was made meanwhile.
        if let Some(grant) = kept.filter(|grant| grant.given_to.is_none()) {
            return Ok(grant.clone());
        }
        let kept = kept.and_then(|grant| Some((grant.given_to.clone()?, grant.until)));
        let (given_to, until) = kept.unzip();
        Ok(setups.keep_open(given_to, until).await?)
    }
}

/// The outcome, with the names of checks that didn't pass.
pub(super) fn failures(report: &CheckReport) -> String {
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
