//! Organizations, as the app's own code creates, finds, and changes them: in its sign-up, or in its
//! back office.

use okta_types::{
    Actor, AuditEvent, Branding, ConnectionChange, ConnectionPage, ConnectionQuery,
    ConnectionSummary, DomainSummary, NewSetupLink, SettingsRefusal, SetupLinkForm,
    SetupLinkSummary,
};

use super::{
    Admin, SettingsError,
    admin::{Access, Changing},
};
use crate::{
    branding,
    connection::{CONNECTION, delete_rows, domain_of},
    okta::Okta,
    services::Services,
    session::Content,
};

/// The organizations of an app, for its own code: to create one when a company signs up, to find it,
/// and to change it. From [`Okta::organizations`].
///
/// An organization is called like its first connection: `a`–`z`, `0`–`9`, and `-`. Your code may do
/// all that an admin of the whole app may, so find out first who asks. Every change is in the audit
/// trail, as done by the app ([`Actor::App`]), and counts on every server at once.
///
/// ```no_run
/// use axum_okta::{
///     Okta,
///     error::SettingsError,
///     organizations::{Branding, SetupLinkForm},
/// };
///
/// /// Returns the address to send to whoever looks after the company's Okta.
/// async fn sign_up(okta: &Okta, name: &str, company: &str, to: &str) -> Result<String, SettingsError> {
///     let organizations = okta.organizations();
///     organizations.create(name, Branding::default().name(company)).await?;
///     let form = SetupLinkForm::default().note(to).days(14);
///     Ok(organizations.make_setup_link(name, form).await?.address)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Organizations {
    okta: Okta,
}

impl Okta {
    /// Returns the organizations, for your app's own code: its sign-up, or its back office.
    #[must_use]
    pub fn organizations(&self) -> Organizations {
        Organizations { okta: self.clone() }
    }
}

/// Finding. Until the plugin is open, nothing is found.
impl Organizations {
    /// Returns the connection of this name, which may be disabled.
    #[must_use]
    pub fn connection(&self, name: &str) -> Option<ConnectionSummary> {
        let found = self.services()?.connections.named(name)?;
        Some(found.summary())
    }

    /// Returns the connections through which people of this organization sign in, in the order that
    /// admins chose.
    #[must_use]
    pub fn connections_of(&self, organization: &str) -> Vec<ConnectionSummary> {
        let found = self
            .services()
            .map(|services| services.connections.of_organization(organization));
        let found = found.unwrap_or_default();
        found.iter().map(|found| found.summary()).collect()
    }

    /// Returns the connection through which people with addresses of this domain sign in: the domain
    /// is verified, and the connection enabled.
    #[must_use]
    pub fn connection_of_domain(&self, domain: &str) -> Option<ConnectionSummary> {
        let found = self
            .services()?
            .connections
            .of_domain(&domain_of(domain)?)?;
        Some(found.summary())
    }

    /// Returns a page of all connections.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`] if the plugin isn't open.
    pub fn connections(&self, query: &ConnectionQuery) -> Result<ConnectionPage, SettingsError> {
        Ok(self.admin(CONNECTION)?.connections(query))
    }

    fn services(&self) -> Option<&Services> {
        self.okta.services().ok().map(|services| &**services)
    }
}

/// Creating, and having it set up.
impl Organizations {
    /// Creates an organization that is yet to be set up. Its name is taken from now on, so of two
    /// companies that sign up with one name, the second one is refused.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NameTaken`] if a connection or an organization has this name, or a setup
    /// link for it still works; [`SettingsRefusal::MalformedName`] if none can have it;
    /// [`SettingsRefusal::MalformedBranding`] or [`SettingsRefusal::LowContrast`] if it can't look
    /// like this; [`SettingsRefusal::Closed`] if the plugin isn't open; [`SettingsError::Store`] if
    /// the database doesn't respond.
    pub async fn create(&self, name: &str, branding: Branding) -> Result<(), SettingsError> {
        self.admin(name)?
            .change(async move |changing: Changing| changing.create_organization(&branding).await)
            .await
    }

    /// Makes a setup link. Whoever opens it sees the settings of this connection alone, connects
    /// their Okta, and becomes the connection's admin with the first sign-in. Only now can its
    /// address be shown: send it over a channel that you trust, and keep it out of logs.
    ///
    /// # Errors
    ///
    /// As for [`Admin::make_setup_link`].
    pub async fn make_setup_link(
        &self,
        name: &str,
        form: SetupLinkForm,
    ) -> Result<NewSetupLink, SettingsError> {
        self.admin(name)?.make_setup_link(form).await
    }

    /// Returns the setup links: those that still work, and those of the last month.
    ///
    /// # Errors
    ///
    /// As for [`Admin::setup_links`].
    pub async fn setup_links(&self, name: &str) -> Result<Vec<SetupLinkSummary>, SettingsError> {
        self.admin(name)?.setup_links().await
    }

    /// Revokes a setup link. Whoever opened it loses access at once, unless they have signed in.
    ///
    /// # Errors
    ///
    /// As for [`Admin::revoke_setup_link`].
    pub async fn revoke_setup_link(&self, name: &str, id: &str) -> Result<(), SettingsError> {
        self.admin(name)?.revoke_setup_link(id).await
    }
}

/// Changing.
impl Organizations {
    /// Changes what a connection is in this app: its display name and organization, whether anybody
    /// can sign in through it, and who may. Disabling it signs everybody out who did.
    ///
    /// # Errors
    ///
    /// As for [`Admin::change_connection`].
    pub async fn change(
        &self,
        name: &str,
        change: ConnectionChange,
    ) -> Result<ConnectionSummary, SettingsError> {
        self.admin(name)?.change_connection(change).await
    }

    /// Returns the email domains.
    ///
    /// # Errors
    ///
    /// As for [`Admin::domains`].
    pub async fn domains(&self, name: &str) -> Result<Vec<DomainSummary>, SettingsError> {
        self.admin(name)?.domains().await
    }

    /// Adds an email domain that you know to be the organization's. It counts without a record in
    /// the DNS, as soon as there is a connection: whoever enters an address of it is sent there.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] if nothing has this name,
    /// [`SettingsRefusal::MalformedDomain`] if it is no domain, or if there are 200 already,
    /// [`SettingsRefusal::DomainTaken`] if it counts as another connection's,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn add_domain(&self, name: &str, domain: &str) -> Result<(), SettingsError> {
        let domain = domain.to_owned();
        self.admin(name)?
            .change(async move |changing: Changing| changing.trust_domain(&domain).await)
            .await
    }

    /// Removes an email domain.
    ///
    /// # Errors
    ///
    /// As for [`Admin::remove_domain`].
    pub async fn remove_domain(&self, name: &str, domain: &str) -> Result<(), SettingsError> {
        self.admin(name)?.remove_domain(domain).await
    }

    /// Returns how the organization looks on the pages that the plugin serves itself.
    ///
    /// # Errors
    ///
    /// As for [`Admin::branding`].
    pub async fn branding(&self, name: &str) -> Result<Branding, SettingsError> {
        self.admin(name)?.branding().await
    }

    /// Changes how the organization looks.
    ///
    /// # Errors
    ///
    /// As for [`Admin::set_branding`].
    pub async fn set_branding(&self, name: &str, branding: Branding) -> Result<(), SettingsError> {
        self.admin(name)?.set_branding(branding).await
    }

    /// Deletes the connection with all that is its own, or an organization that was never set up.
    /// Everybody who signed in through it is signed out, and its setup links stop working.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] if nothing has this name. Else as for
    /// [`Admin::disconnect`].
    pub async fn delete(&self, name: &str) -> Result<(), SettingsError> {
        self.admin(name)?
            .change(async move |changing: Changing| changing.delete_organization().await)
            .await
    }

    fn admin(&self, name: &str) -> Result<Admin, SettingsError> {
        let admin = Admin {
            okta: self.okta.clone(),
            services: self.okta.services()?.clone(),
            session: None,
            content: Content::default(),
            connection: CONNECTION.to_owned(),
            is_super: true,
            actor: Actor::App,
            access: Access::App,
            by_link: false,
            identity: None,
            address: None,
            expected: None,
        };
        admin.for_connection(name)
    }
}

impl Changing {
    async fn create_organization(&self, typed: &Branding) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let name = &*admin.connection;
        let branding = branding::checked(typed)?;
        let mut change = admin.services.store.change().await?;
        // The first connection's is the app's own.
        if name == CONNECTION || !change.create_organization(name, &branding).await? {
            return Err(SettingsRefusal::NameTaken.into());
        }
        change.commit().await?;
        let detail = format!("organization {name}, yet to be set up");
        admin.record(AuditEvent::Connected, detail).await;
        Ok(())
    }

    async fn delete_organization(self) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let (services, name) = (&admin.services, &*admin.connection);
        // It may be set up through connections that have other names.
        let is_set_up = !services.connections.names_of(name).is_empty();
        match admin.known_connection() {
            Err(_)
                if name != CONNECTION
                    && !is_set_up
                    && services.store.awaits_setup(name).await? => {}
            Err(unknown) => return Err(unknown.into()),
            Ok(_) => return self.disconnect().await,
        }
        let mut change = services.store.change().await?;
        delete_rows(&mut change, name).await?;
        change.delete_branding_without_connection(name).await?;
        change.commit().await?;
        services.connections.use_domains(name, &[]);
        let detail = format!("organization {name}, never set up");
        admin.record(AuditEvent::Disconnected, detail).await;
        Ok(())
    }
}
