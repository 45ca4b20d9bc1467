//! The one way to sign somebody in.

use okta_types::{Actor, AuditEvent};
use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::{Content, EndCause, Sessions, SignedIn, after_end::Remains, id, stored};
use crate::{
    audit::{Entries, entry},
    setup::{self, SetupGrant},
    store::{SessionIndex, SessionKey, StoreError},
    telemetry::{self, Ended},
};

/// Somebody who is about to be signed in.
pub(crate) struct NewSession {
    pub(crate) signed_in: SignedIn,
    /// The setup that this sign-in completes.
    pub(crate) finishes: Option<SetupGrant>,
    /// The previous session. Nothing of it stays, whether it was planted or another person's.
    pub(crate) former: Option<Id>,
}

/// What happens to the browser's session cookie: an extension of the response, for the layer.
#[derive(Clone, Copy)]
pub(crate) enum SessionCookie {
    Set { id: Id, expires_at: OffsetDateTime },
    Remove,
}

impl Sessions {
    /// Starts the session under a new id and ends the previous one. Everything is written, or
    /// nothing.
    pub(crate) async fn start(&self, new: NewSession) -> Result<SessionCookie, StoreError> {
        let identity = new.signed_in.identity.clone();
        let address = new.signed_in.device.address;
        let actor = Actor::from(&identity);
        let content = Content {
            signed_in: Some(new.signed_in),
            ..Content::default()
        };
        let record = content.into_record(id::new(&self.store));

        let mut entries = Entries::default();
        let groups = identity.groups.as_deref().unwrap_or_default();
        let notes_groups = !self
            .store
            .has_noted_groups(&identity.connection, groups)
            .await?;
        // What only concerns this person waits for nobody.
        let mut change = if new.finishes.is_some() || notes_groups {
            self.store.change().await?
        } else {
            self.store.concurrent_change().await?
        };
        if let Some(grant) = &new.finishes
            && setup::finish(&mut change, grant, &identity).await?
        {
            let became = entry(AuditEvent::BecameAdmin, actor.clone(), address, None)
                .about(&identity.connection);
            entries.put(&mut change, became).await?;
        }
        let index = SessionIndex::of(&record.data);
        change
            .insert_session(&SessionKey::of(&record.id), &stored(&record), Some(&index))
            .await?;
        let signed_in = entry(AuditEvent::SignedIn, actor, address, None);
        let signed_in = signed_in.about(&identity.connection);
        entries.put(&mut change, signed_in).await?;
        if notes_groups {
            // Choices for the role table.
            change.remember_groups(&identity.connection, groups).await?;
        }
        // Last: it can count although something fails after it.
        let former = new.former.as_ref().map(SessionKey::of);
        let mut replaced = None;
        if let Some(former) = &former {
            replaced = change.take_session(former).await?;
        }
        change.commit().await?;

        if let Some(former) = former {
            self.end_in_memory(&former);
            // A cookie may name a session that ended long ago, or never was.
            if let Some(replaced) = replaced {
                self.after_end([Remains::of(&former, &replaced)], EndCause::Replaced);
                telemetry::ended(Ended::Replaced, 1);
            }
        }
        if new.finishes.is_some() {
            self.roles.find_anew(&identity.connection);
        }
        entries.trace();
        telemetry::signed_in();
        Ok(SessionCookie::Set {
            id: record.id,
            expires_at: record.expiry_date,
        })
    }
}
