//! Connecting, checking, testing, disconnecting.

use std::sync::Arc;

use okta_types::{
    Actor, AuditEvent, CheckName, CheckReport, ConnectionForm, Draft, GroupsFrom, Outcome,
    SettingsRefusal, TestReport,
};

use super::{Admin, to_its_end};
use crate::{
    connection::{CONNECTION, Connection, check, form},
    error::{SettingsError, StoreError},
    okta::Open,
    session::{Content, SetupGrant},
    store::StoredConnection,
};

impl Admin {
    /// Checks what was typed and, if nothing failed, uses it from now on and keeps it. The report says which.
    ///
    /// An empty secret stands for the stored one, as long as issuer and client ID are the stored ones: a secret goes
    /// to the provider it was given for, and nowhere else.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Managed`] when the environment gives the connection, [`SettingsError::Store`] when the database
    /// does not answer; nothing is changed then.
    pub async fn connect(self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        to_its_end(self.connect_whole(form)).await
    }

    async fn connect_whole(mut self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = self.lock(open).await?;
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
                self.confirm(open).await?;
                self.put_into_use(open, connection).await?;
                self.content.draft = None;
            }
            None => {
                let refused = format!("{}: {}", described(&form), failures(&report));
                self.record(open, AuditEvent::ConnectRefused, refused).await;
                self.content.draft = Some(draft(form));
            }
        }
        self.content.report = Some(report.clone());
        self.content.save(&self.session).await?;
        Ok(report)
    }

    /// Keeps what can be parsed of a form that cannot be parsed as a whole, so that it can be corrected.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedForm`], always, unless the database does not answer.
    pub async fn refuse_connection(mut self, form: ConnectionForm) -> Result<(), SettingsError> {
        self.content.draft = Some(draft(form));
        self.content.save(&self.session).await?;
        Err(SettingsRefusal::MalformedForm.into())
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
    pub async fn disconnect(self) -> Result<(), SettingsError> {
        to_its_end(self.disconnect_whole()).await
    }

    async fn disconnect_whole(mut self) -> Result<(), SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = self.lock(open).await?;
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
        self.keep_open(open).await
    }

    /// Keeps what arrived when the connection was tested, for the settings page of this browser.
    pub(crate) async fn keep_test(mut self, report: TestReport) -> Result<(), SettingsError> {
        let open = self.okta.open()?;
        let outcome = match &report.refused {
            Some(refused) => format!("refused: {refused}"),
            None => "sign-in works".to_owned(),
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
        let before = open.connection.load_full();
        let changes = connection.changes_from(before.as_deref());
        let replaced = before.is_none_or(|before| before.id != connection.id);
        open.store.put_connection(&connection.stored()).await?;
        open.connection.store(Some(Arc::new(connection)));
        // What arrived through the connection of before says nothing of this one.
        self.content.tested = None;
        self.record(open, AuditEvent::Connected, changes).await;
        if replaced {
            self.keep_open(open).await?;
        }
        Ok(())
    }

    /// Whoever changes the connection loses their own sign-in with it. This browser keeps the settings open, and the
    /// next person to sign in from it becomes an admin where there is none. Saves the content.
    async fn keep_open(&mut self, open: &Open) -> Result<(), SettingsError> {
        let until = SetupGrant::end();
        let setup_id = open.store.keep_setup_open(until).await?;
        self.content.setup = Some(SetupGrant {
            setup_id,
            until,
            given_to: Some(self.actor.clone()).filter(|actor| *actor != Actor::SetupCode),
        });
        self.content.save(&self.session).await?;
        // At once, for the answer may never be sent, and this right is the only one left.
        self.session.save().await.map_err(StoreError::from)?;
        Ok(())
    }
}

/// What is kept of a form that was not saved: no secrets, nothing endless.
fn draft(form: ConnectionForm) -> Draft {
    Draft {
        client_id: form::shortened(&form.client_id),
        issuer: form::shortened(&form.issuer),
        authorization_server: form::shortened(&form.authorization_server),
        options: form::shortened_options(form.options),
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

/// How the checks went, those by name that did not pass.
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

/// Roles that depend on groups would be gone if groups came from nowhere, the admins' among them.
fn keeps_groups(stored: StoredConnection, open: &Open) -> Result<StoredConnection, CheckReport> {
    if stored.options.groups_from != GroupsFrom::Nowhere || !open.roles.depend_on_groups() {
        return Ok(stored);
    }
    let remedy = match open.roles.admin_group() {
        Some(_) => "Choose a group source: the operator of this server made a group admins.",
        None => "Remove the group rules under Roles first, or choose a group source.",
    };
    Err(check::refused_form(
        &stored.options,
        CheckName::Groups,
        "Roles depend on groups, so a group source is needed.".to_owned(),
        remedy,
    ))
}
