//! Setup links: made, listed, and revoked by admins of the whole app, and opened by whoever has one.

use okta_types::{
    ADMIN, AuditEvent, NewSetupLink, SettingsRefusal, SetupLinkForm, SetupLinkSummary,
};

use super::{Admin, SettingsError, Visitor, admin::Changing};
use crate::{
    audit,
    connection::CONNECTION,
    services::Services,
    session::Content,
    setup::{SetupGrant, link::is_open},
};

impl Admin {
    /// Makes a setup link for the connection, which may not be there yet. Whoever opens it sees the
    /// settings of this connection alone, and becomes its admin with the first sign-in. Only now can
    /// its address be shown: send it over a channel that you trust, and keep it out of logs.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotSuperAdmin`] for admins of one connection,
    /// [`SettingsRefusal::NoSetupLink`] for the first connection,
    /// [`SettingsRefusal::MalformedSetupLink`] if the form isn't valid, or if 20 links of the
    /// connection work already, [`SettingsRefusal::Managed`] if the server's environment sets it,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn make_setup_link(self, form: SetupLinkForm) -> Result<NewSetupLink, SettingsError> {
        self.change(async move |changing: Changing| changing.make_setup_link(&form).await)
            .await
    }

    /// Returns the connection's setup links: those that still work, and those of the last month.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotSuperAdmin`] for admins of one connection, [`SettingsError::Store`] if
    /// the database doesn't respond.
    pub async fn setup_links(&self) -> Result<Vec<SetupLinkSummary>, SettingsError> {
        self.refuse_unless_super()?;
        Ok(self.services.setups.links_of(&self.connection).await?)
    }

    /// Revokes a setup link. Whoever opened it loses access at once, unless they have signed in.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownSetupLink`] if the connection has no such link that still works.
    /// Else as for [`setup_links`](Self::setup_links).
    pub async fn revoke_setup_link(self, id: &str) -> Result<(), SettingsError> {
        let id = id.to_owned();
        self.change(async move |changing: Changing| changing.revoke_setup_link(&id).await)
            .await
    }

    /// Makes a setup link, and keeps it for this browser's settings page to show it once.
    ///
    /// # Errors
    ///
    /// As for [`make_setup_link`](Self::make_setup_link).
    pub async fn make_setup_link_to_show(self, form: SetupLinkForm) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| {
            let made = changing.make_setup_link(&form).await?;
            let keep = |content: &mut Content| content.new_setup_link = Some(made.clone());
            changing.admin.keep(keep).await
        })
        .await
    }

    /// Of the first connection, which has none, those of all others that still work.
    pub(super) async fn known_setup_links(&self) -> Result<Vec<SetupLinkSummary>, SettingsError> {
        match self.connection.as_str() {
            CONNECTION => Ok(self.services.setups.open_links().await?),
            _ => self.setup_links().await,
        }
    }

    /// The link that was just made, for the last time.
    pub(super) async fn show_new_setup_link(
        &self,
        content: &Content,
    ) -> Result<Option<NewSetupLink>, SettingsError> {
        if content.new_setup_link.is_some() {
            self.keep(|content| content.new_setup_link = None).await?;
        }
        Ok(content.new_setup_link.clone())
    }

    fn refuse_unless_super(&self) -> Result<(), SettingsError> {
        match self.is_super {
            true => Ok(()),
            false => Err(SettingsRefusal::NotSuperAdmin.into()),
        }
    }
}

impl Changing {
    async fn make_setup_link(&self, form: &SetupLinkForm) -> Result<NewSetupLink, SettingsError> {
        let admin = &self.admin;
        admin.refuse_unless_super()?;
        self.refuse_if_managed()?;
        if admin.connection == CONNECTION {
            return Err(SettingsRefusal::NoSetupLink.into());
        }
        // PostgreSQL takes no NUL in a text.
        let made_by = admin.identity.as_ref().filter(|_| admin.has_role());
        let made_by = made_by.map_or(String::new(), |person| {
            person.display_name().replace('\0', "")
        });
        let setups = &admin.services.setups;
        let made = setups.make_link(&admin.connection, form, made_by).await?;
        let (code, link) = made.ok_or(SettingsRefusal::MalformedSetupLink)?;
        let detail = format!("{}, valid until {}", described(&link), link.ends_at);
        admin.record(AuditEvent::SetupLinkMade, detail).await;
        let address = admin.okta.setup_link_address(&code);
        Ok(NewSetupLink::new(address, link))
    }

    async fn revoke_setup_link(&self, id: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let links = admin.setup_links().await?;
        let link = links.iter().find(|link| link.id == id && is_open(link));
        let link = link.ok_or(SettingsRefusal::UnknownSetupLink)?;
        let setups = &admin.services.setups;
        if !setups.revoke_link(&admin.connection, &link.id).await? {
            return Err(SettingsRefusal::UnknownSetupLink.into());
        }
        admin
            .record(AuditEvent::SetupLinkRevoked, described(link))
            .await;
        Ok(())
    }
}

impl Visitor {
    /// The setup link with this code, whether it still works or not.
    pub(super) async fn setup_link(&self, code: &str) -> Result<SetupLinkSummary, SettingsError> {
        let services = self.okta.services()?;
        self.count_attempt(services).await?;
        let link = services.setups.link(code).await?;
        let is_refused = link.as_ref().is_none_or(|link| !is_open(link));
        if is_refused {
            self.record_refused_link(services, link.as_ref()).await;
        }
        Ok(link.ok_or(SettingsRefusal::UnknownSetupLink)?)
    }

    /// Opens the settings of the link's connection for this browser, if the link still works.
    pub(super) async fn open_setup_link(
        &self,
        link: SetupLinkSummary,
    ) -> Result<(), SettingsError> {
        let services = self.okta.services()?;
        let detail = described(&link);
        let opened = self.entry(AuditEvent::SetupLinkOpened, detail);
        let opened = opened.about(&link.connection);
        services.setups.note_opened(&link).await?;
        self.take_right(services, SetupGrant::of_link(link)).await?;
        services.audit.record(opened).await;
        Ok(())
    }

    /// Whether they have the settings of a connection already, by a role, which comes first.
    pub(super) fn is_admin(&self) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| identity.has_role(ADMIN))
    }

    async fn record_refused_link(&self, services: &Services, link: Option<&SetupLinkSummary>) {
        let event = AuditEvent::SetupLinkRefused;
        let entry = match link {
            Some(link) => {
                let detail = format!("{}: {}", described(link), link.state.as_str());
                self.entry(event, detail).about(&link.connection)
            }
            None => self.entry(event, "unknown code".to_owned()),
        };
        services.audit.record(entry).await;
    }

    fn entry(&self, event: AuditEvent, detail: String) -> audit::AuditEntry {
        audit::entry(event, self.actor(), self.address, detail)
    }
}

/// For the audit trail: which link, and whom it is for.
fn described(link: &SetupLinkSummary) -> String {
    let id: String = link.id.chars().take(6).collect();
    match link.note.as_str() {
        "" => format!("link {id}"),
        note => format!("link {id} for {note}"),
    }
}
