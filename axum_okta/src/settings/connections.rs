//! Which connections there are, and what each is in this app.

use okta_types::{
    AuditEvent, ConnectionChange, ConnectionPage, ConnectionQuery, ConnectionSummary, GroupsFrom,
    SettingsRefusal, SignInPolicy,
};

use super::{Admin, SettingsError, admin::Changing, connection::refused};
use crate::{
    connection::{self, CONNECTION, Connection, parse},
    identity::admission::admit,
    random_token,
    store::{ConnectionConfig, Standing},
};

const PAGE: usize = 20;

impl Admin {
    /// Returns a page of the connections. An admin of one connection sees that one alone.
    #[must_use]
    pub fn connections(&self, query: &ConnectionQuery) -> ConnectionPage {
        let all = self.services.connections.all();
        let visible = all
            .iter()
            .filter(|found| self.is_super || found.config.name == self.connection);
        let matching: Vec<ConnectionSummary> = visible
            .map(|found| found.summary())
            .filter(|found| query.matches(found))
            .collect();
        let begin = query.after.as_deref().map_or(0, |after| {
            let place = matching.iter().position(|found| found.name == after);
            place.map_or(0, |place| place + 1)
        });
        let mut page = ConnectionPage::default();
        page.total = matching.len();
        page.connections = matching.into_iter().skip(begin).take(PAGE).collect();
        let last = page.connections.last().map(|last| last.name.clone());
        page.next = last.filter(|_| begin + PAGE < page.total);
        page
    }

    /// Changes what the connection is in this app, without asking its Okta org. Disabling it signs
    /// everybody out who came through it, for good. Admins of one connection may change its display
    /// name, and who may sign in, and nothing else of this.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] if there is none, [`SettingsRefusal::NotSuperAdmin`]
    /// if only admins of the whole app may change that, [`SettingsRefusal::MalformedForm`] if a
    /// name can't be used, [`SettingsRefusal::LocksYouOut`] if it would disable the connection that
    /// admins of the whole app sign in through, [`SettingsRefusal::MalformedPolicy`],
    /// [`SettingsRefusal::PolicyNeedsGroups`] or [`SettingsRefusal::ExcludesYou`] if the sign-in
    /// policy can't be used, [`SettingsRefusal::Managed`] if the server's
    /// environment sets the connection, [`SettingsError::Store`] if the database doesn't respond.
    /// Nothing is changed then.
    pub async fn change_connection(
        self,
        change: ConnectionChange,
    ) -> Result<ConnectionSummary, SettingsError> {
        self.change(async move |changing: Changing| changing.change_connection(&change).await)
            .await
    }
}

impl Changing {
    async fn change_connection(
        &self,
        change: &ConnectionChange,
    ) -> Result<ConnectionSummary, SettingsError> {
        self.refuse_if_managed()?;
        let admin = &self.admin;
        let services = &admin.services;
        let before = admin.known_connection()?;
        let mut config = ConnectionConfig::clone(&before.config);
        if let Some(name) = &change.display_name {
            config.options.display_name =
                parse::display_name(name).map_err(|_| SettingsRefusal::MalformedForm)?;
        }
        if let Some(typed) = &change.sign_in_policy {
            config.sign_in_policy = self.checked_policy(typed, &before)?;
        }
        config.standing = changed(&before.config.standing, change)?;
        if config.standing != before.config.standing && !admin.is_super {
            return Err(SettingsRefusal::NotSuperAdmin.into());
        }
        let is_disabled = before.config.standing.enabled && !config.standing.enabled;
        if is_disabled && config.name == CONNECTION {
            return Err(SettingsRefusal::LocksYouOut.into());
        }
        if is_disabled {
            // Sessions don't come back when it is enabled again.
            config.id = random_token();
        }
        let changes = connection::changes(Some(&before.config), &config);
        let replaced = services.connections.change(&before, config).await;
        replaced.map_err(refused)?;
        services.sessions.look_again();
        admin.record(AuditEvent::Connected, changes).await;
        Ok(admin.known_connection()?.summary())
    }
}

impl Changing {
    /// The policy as it is stored. Nobody excludes themselves by mistake.
    fn checked_policy(
        &self,
        typed: &SignInPolicy,
        connection: &Connection,
    ) -> Result<SignInPolicy, SettingsRefusal> {
        let policy = parse::sign_in_policy(typed).ok_or(SettingsRefusal::MalformedPolicy)?;
        let ConnectionConfig { name, options, .. } = &*connection.config;
        if !policy.groups.is_empty() && options.groups_from == GroupsFrom::Nowhere {
            return Err(SettingsRefusal::PolicyNeedsGroups);
        }
        let admin = &self.admin;
        let identity = admin.identity.as_ref().filter(|_| admin.by_role);
        match identity.filter(|identity| identity.connection == *name) {
            Some(identity) if admit(&policy, identity).is_err() => {
                Err(SettingsRefusal::ExcludesYou)
            }
            _ => Ok(policy),
        }
    }
}

fn changed(before: &Standing, change: &ConnectionChange) -> Result<Standing, SettingsRefusal> {
    let organization = change.organization.as_ref();
    if organization.is_some_and(|key| !parse::is_name(key)) {
        return Err(SettingsRefusal::MalformedForm);
    }
    Ok(Standing {
        organization: organization.unwrap_or(&before.organization).clone(),
        enabled: change.enabled.unwrap_or(before.enabled),
        listed: change.listed.unwrap_or(before.listed),
        place: change.place.unwrap_or(before.place),
    })
}
