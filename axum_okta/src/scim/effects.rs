//! What follows for people who were changed: who is no longer active is signed out, and may not sign
//! in.

use okta_types::{Actor, AuditEvent};

use super::routes::Call;
use crate::{
    audit,
    causes::with_causes,
    session::EndCause,
    store::{Change, FoundSession, Resource, SessionKey, StoreError},
    telemetry::{self, Ended},
};

/// Somebody who is not to be signed in any more.
pub(super) struct Gone {
    subject: String,
    name: String,
    /// What became of them, for the audit trail.
    what: &'static str,
}

impl Call<'_> {
    /// Notes who may no longer sign in, as part of the change.
    pub(super) async fn of_person(
        &self,
        change: &mut Change<'_>,
        before: Option<&Resource>,
        after: Option<&Resource>,
    ) -> Result<Option<Gone>, StoreError> {
        let connection = self.connection();
        let subject = |person: Option<&Resource>| person.map(|person| person.external_id.clone());
        let (was, is) = (subject(before), subject(after));
        if let Some(is) = is.as_ref().filter(|is| !is.is_empty()) {
            change.forget_former(connection, is).await?;
        }
        let former = was.filter(|was| !was.is_empty() && is.as_ref() != Some(was));
        if let Some(former) = &former {
            change.put_former(connection, former).await?;
        }
        let gone = |subject: String, what| {
            let name = before.or(after).map(|person| person.name.clone());
            let name = name.unwrap_or_default();
            Gone {
                subject,
                name,
                what,
            }
        };
        Ok(match (former, after) {
            (Some(former), None) => Some(gone(former, "deleted")),
            (Some(former), Some(_)) => Some(gone(former, "given another external ID")),
            (None, Some(after)) if !after.active && !after.external_id.is_empty() => {
                let was_active = before.is_none_or(|before| before.active);
                was_active.then(|| gone(after.external_id.clone(), "deactivated"))
            }
            (None, _) => None,
        })
    }

    /// Ends the sessions of somebody through this connection, on every server. Those that couldn't be
    /// deleted don't count, because whoever reads one finds that they are not active.
    pub(super) async fn sign_out(&self, gone: Gone) {
        let Gone {
            subject,
            name,
            what,
        } = gone;
        let sessions = &self.services.sessions;
        let connection = &self.connection;
        let id = &connection.config.id;
        let is_of_connection = |found: &FoundSession| found.connection_id == *id;
        let found = sessions
            .of_person(connection.issuer(), &subject, is_of_connection)
            .await;
        let mut ended = 0;
        let theirs = found.unwrap_or_else(|error| {
            let error = with_causes(&error);
            tracing::error!(
                error,
                "sessions of somebody who was deactivated can't be listed"
            );
            Vec::new()
        });
        for session in theirs {
            let Some(key) = SessionKey::named(&session.id) else {
                continue;
            };
            match sessions.end_found(key, EndCause::Deprovisioned, None).await {
                Ok(()) => ended += 1,
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::error!(error, "a session couldn't be deleted yet");
                }
            }
        }
        telemetry::ended(Ended::Okta, ended);
        let plural = if ended == 1 { "" } else { "s" };
        let detail = format!("{name} ({subject}) was {what}: {ended} session{plural} ended");
        let (event, actor) = (AuditEvent::Deprovisioned, Actor::Okta);
        let entry = audit::entry(event, actor, self.client, detail);
        let entry = entry.about(self.connection());
        self.services.audit.record(entry).await;
    }
}
