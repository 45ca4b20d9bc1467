//! Which connections there are, and what each is in this app.

use std::fmt;

use okta_types::{
    AuditEvent, ConnectionChange, ConnectionPage, ConnectionQuery, ConnectionSummary, GroupsFrom,
    SettingsRefusal, SignInPolicy,
};

use super::{Admin, Saved, SettingsError, admin::Changing, connect::refused};
use crate::{
    connection::{self, CONNECTION, Connection, parse},
    identity::admission::admit,
    random_token,
    store::{ConnectionConfig, Standing},
};

const PAGE: usize = 20;
const MAX_PAGE: usize = 200;

/// Where a connection is in the list. Stays so if the connection goes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Position<'c> {
    place: i64,
    name: &'c str,
}

impl<'c> Position<'c> {
    fn of(connection: &'c Connection) -> Self {
        let config = &connection.config;
        Self {
            place: config.standing.place,
            name: &config.name,
        }
    }

    fn parse(text: &'c str) -> Option<Self> {
        let (place, name) = text.split_once('.')?;
        let place = place.parse().ok()?;
        Some(Self { place, name })
    }
}

impl fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place, self.name)
    }
}

impl Admin {
    /// Returns a page of the connections. An admin of one connection sees that one alone, and a
    /// token those that it is good for.
    #[must_use]
    pub fn connections(&self, query: &ConnectionQuery) -> ConnectionPage {
        let mut matching = self.services.connections.all();
        matching.retain(|found| {
            let is_sought = || query.search.is_none() || query.matches(&found.summary());
            self.reaches(&found.config.name) && is_sought()
        });
        let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
        let after = query.after.as_deref().and_then(Position::parse);
        let begin = after.map_or(0, |after| {
            matching.partition_point(|found| Position::of(found) <= after)
        });
        let shown = matching.iter().skip(begin).take(limit);
        let mut page = ConnectionPage::default();
        page.connections = shown.map(|found| found.summary()).collect();
        page.total = matching.len();
        let has_more = begin + limit < matching.len();
        let last = matching.get(begin + limit - 1).filter(|_| has_more);
        page.next = last.map(|last| Position::of(last).to_string());
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
        Ok(self.save_change(change).await?.connection)
    }

    /// The same, with its version.
    pub(crate) async fn save_change(
        self,
        change: ConnectionChange,
    ) -> Result<Saved, SettingsError> {
        self.change(async move |changing: Changing| changing.save_change(&change).await)
            .await
    }
}

impl Changing {
    async fn save_change(&self, change: &ConnectionChange) -> Result<Saved, SettingsError> {
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
            let groups_from = config.options.groups_from;
            config.sign_in_policy = self.checked_policy(typed, groups_from)?;
        }
        admin
            .refuse_before_sign_in_unless_mended(&before.config, &config)
            .await?;
        let config = self.with_standing(config, change, &before.config.standing)?;
        let changes = connection::changes(Some(&before.config), &config);
        let replaced = services.connections.change(&before, config).await;
        replaced.map_err(refused)?;
        services.sessions.look_again();
        admin.record(AuditEvent::Connected, changes).await;
        Ok(admin.saved()?)
    }

    /// The connection with what is to change of its standing, as far as this admin may.
    pub(super) fn with_standing(
        &self,
        mut config: ConnectionConfig,
        change: &ConnectionChange,
        before: &Standing,
    ) -> Result<ConnectionConfig, SettingsRefusal> {
        config.standing = changed(before, change)?;
        if config.standing != *before && !self.admin.is_super {
            return Err(SettingsRefusal::NotSuperAdmin);
        }
        let is_disabled = before.enabled && !config.standing.enabled;
        if is_disabled && config.name == CONNECTION {
            return Err(SettingsRefusal::LocksYouOut);
        }
        if is_disabled {
            // Sessions don't come back when it is enabled again.
            config.id = random_token();
        }
        Ok(config)
    }
}

impl Changing {
    /// The policy as it is stored. Nobody excludes themselves by mistake.
    pub(super) fn checked_policy(
        &self,
        typed: &SignInPolicy,
        groups_from: GroupsFrom,
    ) -> Result<SignInPolicy, SettingsRefusal> {
        let policy = parse::sign_in_policy(typed).ok_or(SettingsRefusal::MalformedPolicy)?;
        if !policy.groups.is_empty() && groups_from == GroupsFrom::Nowhere {
            return Err(SettingsRefusal::PolicyNeedsGroups);
        }
        let admin = &self.admin;
        let identity = admin.identity.as_ref().filter(|_| admin.has_role());
        match identity.filter(|identity| identity.connection == admin.connection) {
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
