//! Who is signed in, for admins, who can end it.

use okta_types::{Actor, AuditEntry, AuditEvent, SessionPage, SessionQuery, SettingsRefusal};
use tower_sessions::Session;

use super::{Admin, SettingsError, admin::Changing};
use crate::{
    audit,
    session::{EndCause, mark_current},
    store::{FoundSession, Whose},
    telemetry::{self, Ended},
};

impl Admin {
    /// Returns a page of the sessions, the newest first. A search looks at up to 100,000 sessions at
    /// once, and [`SessionPage::stopped_after`] says if there are more.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn sessions(&self, query: &SessionQuery) -> Result<SessionPage, SettingsError> {
        let services = &self.services;
        let connection_id = self.sessions_of()?;
        let counts = |found: &_| services.counts(found);
        let page = services
            .sessions
            .page(query, connection_id.as_deref(), counts);
        let mut page = page.await?;
        let current = self.session.as_ref().and_then(Session::id);
        mark_current(&mut page.sessions, current);
        Ok(page)
    }

    /// The id of the connection whose sessions these are; `None` if they are everybody's.
    fn sessions_of(&self) -> Result<Option<String>, SettingsError> {
        self.refuse_before_sign_in()?;
        Ok(match self.one_of_several() {
            Some(_) => Some(self.known_connection()?.config.id.clone()),
            None => None,
        })
    }

    /// Ends a session, on every server. It may be the admin's own.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownSession`] if there is none with this id, perhaps not any more.
    /// [`SettingsError::Store`] if the database doesn't respond: the end counts on this server then,
    /// and is stored as soon as it can be.
    pub async fn end_session(self, id: &str) -> Result<(), SettingsError> {
        let id = id.to_owned();
        self.change(async move |changing: Changing| changing.end_session(&id).await)
            .await
    }

    /// Ends all of a person's sessions, on every server. Returns how many there were. The person can
    /// sign in again; to prevent that, deactivate them in Okta.
    ///
    /// # Errors
    ///
    /// As for [`end_session`](Self::end_session).
    pub async fn end_sessions_of(
        self,
        issuer: &str,
        subject: &str,
    ) -> Result<usize, SettingsError> {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.change(async move |changing: Changing| changing.end_person(issuer, subject).await)
            .await
    }

    /// Ends everybody's sessions, on every server, the admin's own among them. Returns how many
    /// there were.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`], as for [`end_session`](Self::end_session).
    pub async fn end_all_sessions(self) -> Result<usize, SettingsError> {
        self.change(async move |changing: Changing| changing.end_everybody().await)
            .await
    }
}

impl Changing {
    async fn end_session(&self, id: &str) -> Result<(), SettingsError> {
        self.admin.refuse_before_sign_in()?;
        let sessions = &self.admin.services.sessions;
        let found = sessions.holder(id).await?;
        let one = self.admin.one_of_several();
        let found = found.filter(|(_, holder)| one.is_none_or(|one| holder.connection == one));
        let (key, holder) = found.ok_or(SettingsRefusal::UnknownSession)?;
        let connection = holder.connection.clone();
        let whom = named(holder.name, &holder.issuer, &holder.subject);
        let entry = self.entry(format!("{whom}: 1 session")).about(connection);
        sessions
            .end_found(key, EndCause::Admin, Some(entry))
            .await?;
        telemetry::ended(Ended::Admin, 1);
        Ok(())
    }

    async fn end_person(self, issuer: String, subject: String) -> Result<usize, SettingsError> {
        let sessions = &self.admin.services.sessions;
        let connection_id = self.admin.sessions_of()?;
        let is_seen = |found: &FoundSession| {
            let id = connection_id.as_ref();
            id.is_none_or(|id| found.connection_id == *id)
        };
        let theirs = sessions.of_person(&issuer, &subject, is_seen).await?;
        let newest = theirs.first().ok_or(SettingsRefusal::UnknownSession)?;
        let whom = named(newest.name.clone(), &issuer, &subject);
        if connection_id.is_none() {
            return self.end_of(Whose::Person { issuer, subject }, whom).await;
        }
        // Sessions through another organization's connection to the same issuer are not theirs to
        // end.
        for session in &theirs {
            match self.end_session(&session.id).await {
                // It has ended by itself.
                Ok(()) | Err(SettingsError::Refused(SettingsRefusal::UnknownSession)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(theirs.len())
    }

    async fn end_everybody(self) -> Result<usize, SettingsError> {
        match self.admin.sessions_of()? {
            Some(id) => {
                let whom = format!("Everybody of {}", self.admin.connection);
                self.end_of(Whose::Connection(id), whom).await
            }
            None => self.end_of(Whose::Everybody, "Everybody".to_owned()).await,
        }
    }

    async fn end_of(self, whose: Whose, whom: String) -> Result<usize, SettingsError> {
        let sessions = self.admin.services.sessions.clone();
        let entry = move |ended: usize| {
            let plural = if ended == 1 { "" } else { "s" };
            Some(self.entry(format!("{whom}: {ended} session{plural}")))
        };
        let ended = sessions.end_of(whose, EndCause::Admin, entry).await?;
        telemetry::ended(Ended::Admin, ended as u64);
        Ok(ended)
    }

    fn entry(&self, detail: String) -> AuditEntry {
        let Admin { actor, address, .. } = &self.admin;
        let event = AuditEvent::EndedByAdmin;
        audit::entry(event, actor.clone(), *address, detail).about(&self.admin.connection)
    }
}

/// As the audit trail names people.
fn named(name: String, issuer: &str, subject: &str) -> String {
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    let person = Actor::Person {
        issuer,
        subject,
        name,
    };
    person.to_string()
}
