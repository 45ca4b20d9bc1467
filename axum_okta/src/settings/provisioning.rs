//! Provisioning of a connection: the tokens that Okta calls with, and what it pushed.

use okta_types::{
    AuditEvent, CheckName, CheckReport, GroupsFrom, Identity, NewScimToken, ProvisionedGroups,
    ProvisionedPeople, Provisioning, ProvisioningForm, ScimRequest, ScimRequestPage,
    SettingsRefusal,
};
use secrecy::ExposeSecret;

use super::{Admin, SettingsError, admin::Changing};
use crate::{
    connection::check,
    identity::provisioned,
    scim::{Pushed, new_token},
    store::{ConnectionConfig, Kind},
};

/// One in use, and one to replace it.
const MAX_TOKENS: usize = 2;

impl Admin {
    /// Returns the state of the connection's provisioning.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] or [`SettingsRefusal::NotConnected`] if there is no
    /// such connection, [`SettingsError::Store`] if the database doesn't respond.
    pub async fn provisioning(&self) -> Result<Provisioning, SettingsError> {
        let connection = self.known_connection()?;
        let (store, name) = (&self.services.store, &*self.connection);
        let mut provisioning = Provisioning::default();
        provisioning.base_url = self.okta.scim_base_url(name);
        provisioning.tokens = store.scim_tokens(name).await?;
        provisioning.token_endpoint = self.okta.scim_token_endpoint();
        provisioning.clients = store.scim_clients(name).await?;
        provisioning.options = ProvisioningForm::of(&connection.config.options);
        provisioning.roles = self.services.roles.assignable(&connection.roles);
        provisioning.draft = self.provisioning_draft();
        provisioning.people = store.count_scim_resources(name, Kind::User).await?;
        provisioning.groups = store.count_scim_resources(name, Kind::Group).await?;
        (provisioning.requests, provisioning.refused) = store.count_scim_requests(name).await?;
        let newest = store.scim_requests(name, None, false).await?.requests;
        let newest = newest.into_iter().next();
        provisioning.last_request = newest;
        if self.by_link {
            hide_people(&mut provisioning);
        }
        Ok(provisioning)
    }

    /// Creates a token, with which Okta pushes people and groups. It is returned this once. A
    /// connection has at most two, so that one can be replaced while the other counts.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::TooManyScimTokens`] if there are two. Else as for
    /// [`provisioning`](Self::provisioning).
    pub async fn make_scim_token(self) -> Result<NewScimToken, SettingsError> {
        self.change(async move |changing: Changing| changing.make_scim_token().await)
            .await
    }

    /// The same, and keeps the token in this session until it is
    /// [taken](Self::take_new_scim_token): for a page that shows it once.
    ///
    /// # Errors
    ///
    /// As for [`make_scim_token`](Self::make_scim_token).
    pub async fn make_scim_token_to_show(self) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| {
            let NewScimToken { token, .. } = changing.make_scim_token().await?;
            let admin = &changing.admin;
            admin
                .keep(|content| content.new_scim_token = Some(token.clone()))
                .await
        })
        .await
    }

    /// Returns the token that was just created in this session, the first time that it is asked
    /// for.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn take_new_scim_token(&self) -> Result<Option<String>, SettingsError> {
        let mut content = self.content.clone();
        content.turn_to(&self.connection);
        if content.new_scim_token.is_some() {
            self.keep(|content| content.new_scim_token = None).await?;
        }
        Ok(content.new_scim_token)
    }

    /// Deletes a token. It doesn't count from now on.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownScimToken`] if the connection has none with this id. Else as for
    /// [`provisioning`](Self::provisioning).
    pub async fn delete_scim_token(self, id: &str) -> Result<(), SettingsError> {
        let id = id.to_owned();
        self.change(async move |changing: Changing| changing.delete_scim_token(&id).await)
            .await
    }

    /// Returns a page of the people whom Okta has pushed. `search` is a part of their user name, name,
    /// email, or external ID; `after` is the `next` of a page.
    ///
    /// # Errors
    ///
    /// As for [`provisioning`](Self::provisioning).
    pub async fn provisioned_people(
        &self,
        search: Option<&str>,
        after: Option<&str>,
    ) -> Result<ProvisionedPeople, SettingsError> {
        Ok(self.pushed()?.people(search, after).await?)
    }

    /// Returns a page of the groups that Okta has pushed. `search` is a part of their name; `after` is
    /// the `next` of a page.
    ///
    /// # Errors
    ///
    /// As for [`provisioning`](Self::provisioning).
    pub async fn provisioned_groups(
        &self,
        search: Option<&str>,
        after: Option<&str>,
    ) -> Result<ProvisionedGroups, SettingsError> {
        Ok(self.pushed()?.groups(search, after).await?)
    }

    pub(super) fn pushed(&self) -> Result<Pushed, SettingsError> {
        self.refuse_before_sign_in()?;
        self.known_connection()?;
        Ok(Pushed {
            store: self.services.store.clone(),
            connection: self.connection.clone(),
        })
    }

    /// Returns a page of the log of SCIM requests, the newest first. `before` is the `next` of a
    /// page.
    ///
    /// # Errors
    ///
    /// As for [`provisioning`](Self::provisioning).
    pub async fn scim_requests(
        &self,
        before: Option<&str>,
        only_refused: bool,
    ) -> Result<ScimRequestPage, SettingsError> {
        self.refuse_before_sign_in()?;
        self.known_connection()?;
        let store = &self.services.store;
        Ok(store
            .scim_requests(&self.connection, before, only_refused)
            .await?)
    }
}

impl Changing {
    /// If what Okta pushed decides from now on who may sign in, or in which groups people are, whoever
    /// saves it has to stay an admin.
    pub(super) async fn keeps_admin(
        &self,
        config: ConnectionConfig,
    ) -> Result<Result<ConnectionConfig, CheckReport>, SettingsError> {
        let Admin {
            services, identity, ..
        } = &self.admin;
        let options = &config.options;
        let field = match (options.provisioned_only, options.groups_from) {
            (_, GroupsFrom::Provisioning) => Some("groups_from"),
            (true, _) => Some("provisioned_only"),
            (false, _) => None,
        };
        let through_it = |identity: &&Identity| identity.connection == config.name;
        let by_role = identity.as_ref().filter(|_| self.admin.has_role());
        let (Some(admin), Some(field)) = (by_role.filter(through_it), field) else {
            return Ok(Ok(config));
        };
        let mut admin = admin.clone();
        let known = services.connections.named(&config.name);
        let is_provisioned = known.is_some_and(|known| known.is_provisioned);
        let admitted =
            provisioned::complete_by(&services.store, &mut admin, &config, is_provisioned).await?;
        let table = services.roles.table(&config.name);
        if admitted.is_ok() && services.roles.is_admin(&admin, &table).await? {
            return Ok(Ok(config));
        }
        Ok(Err(check::refused_form(
            options,
            CheckName::Groups,
            field,
            "You would lose admin access: Okta has not pushed you, or no group that makes you an admin.".to_owned(),
            "Assign yourself to the provisioning app in Okta, and push the groups that give the role “admin”. The \
             section Provisioning shows what has arrived.",
        )))
    }

    async fn make_scim_token(&self) -> Result<NewScimToken, SettingsError> {
        let admin = &self.admin;
        admin.known_connection()?;
        admin.refuse_before_sign_in_to_people().await?;
        let (store, name) = (&admin.services.store, &admin.connection);
        let mut change = store.change().await?;
        // In the change, so that two servers don't make a third.
        if change.count_scim_tokens(name).await? >= MAX_TOKENS {
            return Err(SettingsRefusal::TooManyScimTokens.into());
        }
        let (token, stored) = new_token(store, name, None);
        change
            .insert_scim_token(&stored, &admin.actor.to_string())
            .await?;
        change.turn_on_provisioning(name).await?;
        change.commit().await?;
        admin.services.connections.use_provisioning(name);
        admin
            .record(AuditEvent::ScimTokenMade, stored.id.clone())
            .await;
        Ok(NewScimToken::new(token.expose_secret(), stored.id))
    }

    async fn delete_scim_token(&self, id: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        admin.known_connection()?;
        admin.refuse_before_sign_in_to_people().await?;
        let mut change = admin.services.store.change().await?;
        if !change.delete_scim_token(&admin.connection, id).await? {
            return Err(SettingsRefusal::UnknownScimToken.into());
        }
        change.commit().await?;
        admin
            .record(AuditEvent::ScimTokenDeleted, id.to_owned())
            .await;
        Ok(())
    }
}

/// Who made the tokens and clients, and whom a request was about.
fn hide_people(provisioning: &mut Provisioning) {
    for token in &mut provisioning.tokens {
        token.created_by.clear();
    }
    for client in &mut provisioning.clients {
        client.created_by.clear();
    }
    provisioning.last_request = provisioning.last_request.take().map(without_people);
}

/// What became of a request, without whom it was about.
fn without_people(request: ScimRequest) -> ScimRequest {
    let path = request.path.split(['?', '/']).find(|part| !part.is_empty());
    let path = format!("/{}", path.unwrap_or_default());
    let ScimRequest {
        at,
        method,
        status,
        milliseconds,
        ..
    } = request;
    ScimRequest::new(at, method, path, status, milliseconds)
}
