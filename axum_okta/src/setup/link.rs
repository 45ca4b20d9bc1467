//! Setup links: whoever opens one sets up a connection, and becomes its admin with the first
//! sign-in.

use okta_types::{SetupLinkForm, SetupLinkState, SetupLinkSummary};
use secrecy::SecretString;

use super::{SetupCode, Setups};
use crate::{
    random_token,
    store::{StoreError, now},
};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// A link that lies around in mailboxes for longer is a risk.
const MAX_DAYS: u32 = 30;
const MAX_NOTE_LENGTH: usize = 255;
/// Of a connection, at a time. Nobody sends more.
const MAX_OPEN: usize = 20;

impl Setups {
    /// Makes a link. `None` if the form is not valid, or the connection has too many.
    pub(crate) async fn make_link(
        &self,
        connection: &str,
        form: &SetupLinkForm,
        made_by: String,
    ) -> Result<Option<(SecretString, SetupLinkSummary)>, StoreError> {
        let note = form.note.trim();
        let is_valid = (1..=MAX_DAYS).contains(&form.days)
            && note.chars().count() <= MAX_NOTE_LENGTH
            && !note.chars().any(char::is_control);
        let links = self.links_of(connection).await?;
        let open = links.iter().filter(|link| is_open(link)).count();
        if !is_valid || open >= MAX_OPEN {
            return Ok(None);
        }
        let lasts = i64::from(form.days) * DAY_SECONDS;
        let made_at = now();
        let ends_at = made_at.plus_seconds(lasts);
        let mut link = SetupLinkSummary::new(random_token(), connection, made_at, ends_at);
        note.clone_into(&mut link.note);
        link.made_by = made_by;
        let code = SetupCode::for_link();
        let mut change = self.store.change().await?;
        change.put_setup_link(&link, &code.hash()).await?;
        change.commit().await?;
        Ok(Some((code.secret(), link)))
    }

    pub(crate) async fn links_of(
        &self,
        connection: &str,
    ) -> Result<Vec<SetupLinkSummary>, StoreError> {
        self.store.setup_links_of(connection).await
    }

    pub(crate) async fn open_links(&self) -> Result<Vec<SetupLinkSummary>, StoreError> {
        self.store.open_setup_links().await
    }

    /// The link with this code, whether it still works or not.
    pub(crate) async fn link(&self, code: &str) -> Result<Option<SetupLinkSummary>, StoreError> {
        match SetupCode::from_text(code) {
            Some(code) => self.store.setup_link(&code.hash()).await,
            None => Ok(None),
        }
    }

    pub(crate) async fn note_opened(&self, link: &SetupLinkSummary) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.open_setup_link(&link.id).await?;
        change.commit().await
    }

    /// Ends a link, and the rights that it gave. `false` if it no longer worked.
    pub(crate) async fn revoke_link(&self, connection: &str, id: &str) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let revoked = change.revoke_setup_link(connection, id).await?;
        change.commit().await?;
        Ok(revoked)
    }
}

pub(crate) fn is_open(link: &SetupLinkSummary) -> bool {
    link.state == SetupLinkState::Open
}
