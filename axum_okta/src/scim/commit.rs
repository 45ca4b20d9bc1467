//! Committing a change: what the app says to it, what others are told, and what follows.
//!
//! The app is asked in the transaction, and may refuse. Only whether somebody's access ends isn't its to
//! decide.

use super::{ScimError, members::Changed, routes::Call, shortened};
use crate::{
    causes::with_causes,
    store::{Change, Kind, Resource, ScimChange, StoreError},
};

/// Whether the app takes part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum App {
    IsAsked,
    IsLeftOut,
}

/// Why a change was not stored.
pub(super) enum NotStored {
    Error(ScimError),
    /// With the app it couldn't be, and it has to be, because somebody's access ends.
    LeaveOutApp {
        error: ScimError,
        /// The app's function.
        hook: &'static str,
    },
}

impl From<ScimError> for NotStored {
    fn from(error: ScimError) -> Self {
        Self::Error(error)
    }
}

impl From<StoreError> for NotStored {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl From<NotStored> for ScimError {
    fn from(not_stored: NotStored) -> Self {
        match not_stored {
            NotStored::Error(error) | NotStored::LeaveOutApp { error, .. } => error,
        }
    }
}

impl Call<'_> {
    /// Commits a change, and does what follows from it.
    pub(super) async fn committed(
        &mut self,
        kind: Kind,
        change: Change<'_>,
        before: Option<&Resource>,
        after: Option<&Resource>,
        changed: Changed,
        app: App,
    ) -> Result<(), NotStored> {
        let has_to_be = kind == Kind::User && app == App::IsAsked && is_end(before, after);
        let hook = match has_to_be {
            true => self.services.scim.person_hooks.asked(before, after),
            false => None,
        };
        let committed = self.commit(kind, change, before, after, changed, app).await;
        committed.map_err(|error| {
            // That isn't the app's doing. Okta sends it again.
            let is_busy = matches!(error, ScimError::Store(StoreError::Busy));
            match hook {
                Some(hook) if !is_busy => NotStored::LeaveOutApp { error, hook },
                _ => error.into(),
            }
        })
    }

    async fn commit(
        &mut self,
        kind: Kind,
        change: Change<'_>,
        before: Option<&Resource>,
        after: Option<&Resource>,
        changed: Changed,
        app: App,
    ) -> Result<(), ScimError> {
        let mut change = match (kind, app) {
            (Kind::User, App::IsAsked) => self.ask_app(change, before, after).await?,
            _ => change,
        };
        if !changed.unknown.is_empty() {
            let unknown = changed.unknown.iter().take(10);
            let unknown: Vec<_> = unknown.map(|id| shortened(id, 64)).collect();
            let (count, first) = (changed.unknown.len(), unknown.join(", "));
            self.notes
                .push(format!("left out {count} unknown members: {first}"));
        }
        if let Some(person) = after.filter(|_| kind == Kind::User) {
            self.note_roles(person);
        }
        let name = self.connection().to_owned();
        let mut subjects = change.subjects_of(&name, &changed.people).await?;
        let effects = match kind {
            Kind::User => self.of_person(&mut change, before, after).await?,
            Kind::Group => None,
        };
        let of_person = [before, after]
            .into_iter()
            .flatten()
            .filter(|_| kind == Kind::User);
        let of_person = of_person.map(|person| person.external_id.clone());
        subjects.extend(of_person.filter(|subject| !subject.is_empty()));
        change.people_changed(&name, &subjects);
        change.scim_changed(&name, what_changed(kind, before, after, changed));
        let committed = change.commit().await;
        // Also after an error: the database can have committed it and not said so.
        self.services.sessions.people_changed(&name, &subjects);
        committed?;
        if let Some(gone) = effects {
            self.sign_out(gone).await;
        }
        Ok(())
    }

    /// Gives the change back if the app agrees to it.
    async fn ask_app<'c>(
        &self,
        change: Change<'c>,
        before: Option<&Resource>,
        after: Option<&Resource>,
    ) -> Result<Change<'c>, ScimError> {
        let (services, name) = (self.services, self.connection());
        let asked = services
            .scim
            .person_hooks
            .ask(services, name, change, before, after);
        asked.await.map_err(ScimError::App)
    }

    /// For the log of requests, and this app's.
    pub(super) fn left_out_app(&mut self, hook: &str, error: &ScimError) {
        let causes = with_causes(error);
        tracing::error!(
            error = causes,
            "somebody's access ends without the app's part"
        );
        let note = format!("the app's {hook} didn't agree, and it counts all the same");
        self.notes.push(note);
    }
}

/// Whether somebody's access ends with it, which the app can't prevent.
fn is_end(before: Option<&Resource>, after: Option<&Resource>) -> bool {
    match (before, after) {
        (_, None) => true,
        // They may be signed in, although nothing was pushed of them before.
        (None, Some(after)) => !after.active && !after.external_id.is_empty(),
        (Some(before), Some(after)) => {
            let is_other =
                !before.external_id.is_empty() && before.external_id != after.external_id;
            before.active && (!after.active || is_other)
        }
    }
}

/// For whoever keeps rows of their own. With a person or group, its memberships are gone.
fn what_changed(
    kind: Kind,
    before: Option<&Resource>,
    after: Option<&Resource>,
    members: Changed,
) -> Vec<ScimChange> {
    let mut all = Vec::new();
    match (before, after) {
        (Some(before), None) => {
            let (id, external_id) = (before.id.clone(), before.external_id.clone());
            return vec![match kind {
                Kind::User => ScimChange::PersonDeleted { id, external_id },
                Kind::Group => ScimChange::GroupDeleted(id),
            }];
        }
        (before, Some(after)) if before.is_none_or(|before| before.content != after.content) => {
            let id = after.id.clone();
            all.push(match kind {
                Kind::User => ScimChange::Person(id),
                Kind::Group => ScimChange::Group(id),
            });
        }
        _ => {}
    }
    let group = after.map(|group| group.id.clone()).unwrap_or_default();
    all.extend(members.removed.into_iter().map(|person| {
        let group = group.clone();
        ScimChange::MemberRemoved { group, person }
    }));
    all.extend(members.added.into_iter().map(|person| {
        let group = group.clone();
        ScimChange::Member { group, person }
    }));
    all
}
