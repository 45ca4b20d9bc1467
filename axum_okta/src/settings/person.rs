//! A person whom Okta has pushed, with what this app knows of them.

use okta_types::{
    AuditQuery, GroupsFrom, Identity, ProvisionedPerson, ProvisionedPersonRecord, SessionSummary,
};
use tower_sessions::Session;

use super::{Admin, SettingsError};
use crate::{
    connection::Connection, identity::provisioned, session::mark_current, store::FoundSession,
};

impl Admin {
    /// Returns a person whom Okta has pushed, by their ID in this app, with their roles, sessions, and
    /// history.
    ///
    /// # Errors
    ///
    /// As for [`provisioning`](Self::provisioning).
    pub async fn provisioned_person(
        &self,
        id: &str,
    ) -> Result<Option<ProvisionedPersonRecord>, SettingsError> {
        let Some(person) = self.pushed()?.person(id).await? else {
            return Ok(None);
        };
        let mut record = ProvisionedPersonRecord::new(person);
        let person = &record.person;
        let store = &self.services.store;
        record.requests = store
            .scim_requests_about(&self.connection, &person.id)
            .await?;
        if let Some(subject) = person.external_id.clone() {
            let connection = self.known_connection()?;
            record.roles = self.roles_of(&connection, person, &subject).await?;
            record.sessions = self.sessions_through(&connection, &subject).await?;
            let query = AuditQuery::default().subject(subject);
            record.activity = self.audit(&query).await?.entries;
        }
        Ok(Some(record))
    }

    /// As they will be once the person signs in; `None` if that depends on groups that aren't pushed.
    async fn roles_of(
        &self,
        connection: &Connection,
        person: &ProvisionedPerson,
        subject: &str,
    ) -> Result<Option<Vec<String>>, SettingsError> {
        let (store, roles) = (&self.services.store, &self.services.roles);
        if !person.active {
            return Ok(Some(Vec::new()));
        }
        let are_pushed = match connection.config.options.groups_from {
            GroupsFrom::Provisioning | GroupsFrom::Nowhere => true,
            _ => !roles.depend_on_groups(&self.connection),
        };
        if !are_pushed {
            return Ok(None);
        }
        let mut identity = Identity::new(connection.issuer(), subject);
        identity.connection.clone_from(&self.connection);
        let admitted = provisioned::complete(store, &mut identity, connection).await?;
        Ok(match admitted {
            Ok(pushed) => {
                let roles = roles.of(&identity, &connection.roles, &pushed.roles);
                Some(roles.await?)
            }
            // They were deactivated meanwhile.
            Err(_) => Some(Vec::new()),
        })
    }

    async fn sessions_through(
        &self,
        connection: &Connection,
        subject: &str,
    ) -> Result<Vec<SessionSummary>, SettingsError> {
        let services = &self.services;
        let id = &connection.config.id;
        let counts = |found: &FoundSession| found.connection_id == *id && services.counts(found);
        let theirs = services
            .sessions
            .of_person(connection.issuer(), subject, counts);
        let mut theirs = theirs.await?;
        let current = self.session.as_ref().and_then(Session::id);
        mark_current(&mut theirs, current);
        Ok(theirs)
    }
}
