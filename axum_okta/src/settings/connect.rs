//! Connecting an Okta app, or changing how one is connected.

use okta_types::{
    AuditEvent, CheckName, CheckReport, Checks, ConnectionChange, ConnectionForm,
    ConnectionOptions, ConnectionRequest, Draft, GroupsFrom, RoleTable, SettingsRefusal,
};

use super::{
    Admin, Saved, SettingsError,
    admin::{Access, Changing},
    connection::failures,
    roles,
};
use crate::{
    connection::{self, Connection, ReplaceError, check, parse},
    identity::roles::Roles,
    store::{ConnectionConfig, Standing},
};

impl Admin {
    /// Checks the form. If no check fails, stores the connection and uses it from now on. The
    /// report says whether that happened.
    ///
    /// An empty secret stands for the stored one, as long as the issuer and client ID don't change:
    /// a secret is sent only to the provider it was entered for.
    ///
    /// What pushed roles and attributes become stays as it is, whatever the form says: that is
    /// [`set_provisioning`](Self::set_provisioning)'s to change.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Managed`] if the server's environment sets the connection,
    /// [`SettingsError::Store`] if the database doesn't respond. Nothing is changed then.
    pub async fn connect(self, form: ConnectionForm) -> Result<CheckReport, SettingsError> {
        let (report, _) = self
            .change(async move |changing: Changing| {
                let form = changing.keeping_provisioning(form);
                changing.save(ConnectionRequest::new(form)).await
            })
            .await?;
        Ok(report)
    }

    /// Does all that a program asks for at once, or nothing. The report has the checks that ran,
    /// and says whether it is done, unless it was only to be [checked](Checks::Only).
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect), [`change_connection`](Self::change_connection), and
    /// [`set_roles`](Self::set_roles).
    pub async fn put_connection(
        self,
        request: ConnectionRequest,
    ) -> Result<CheckReport, SettingsError> {
        let (report, _) = self.save(request).await?;
        Ok(report)
    }

    /// The same, with the connection if it was saved.
    pub(crate) async fn save(
        self,
        request: ConnectionRequest,
    ) -> Result<(CheckReport, Option<Saved>), SettingsError> {
        self.change(async move |changing: Changing| changing.save(request).await)
            .await
    }

    /// Keeps what can be parsed of a malformed form, so that it can be corrected.
    ///
    /// # Errors
    ///
    /// Always [`SettingsRefusal::MalformedForm`], unless the database doesn't respond.
    pub async fn refuse_connection(self, form: ConnectionForm) -> Result<(), SettingsError> {
        let draft = draft(form);
        self.keep(|content| content.draft = Some(draft.clone()))
            .await?;
        Err(SettingsRefusal::MalformedForm.into())
    }
}

impl Changing {
    /// In the turn of the change: it may have been changed since the form was shown.
    fn keeping_provisioning(&self, mut form: ConnectionForm) -> ConnectionForm {
        let Admin {
            services,
            connection,
            ..
        } = &self.admin;
        let in_use = services.connections.named(connection);
        let defaults = ConnectionOptions::default();
        let kept = in_use
            .as_ref()
            .map_or(&defaults, |in_use| &in_use.config.options);
        form.options.provisioned_roles = kept.provisioned_roles;
        form.options
            .provisioned_claims
            .clone_from(&kept.provisioned_claims);
        form
    }

    async fn save(
        mut self,
        request: ConnectionRequest,
    ) -> Result<(CheckReport, Option<Saved>), SettingsError> {
        self.refuse_if_managed()?;
        let ConnectionRequest {
            form,
            change,
            roles: typed,
            checks,
            ..
        } = request;
        let in_use = self
            .admin
            .services
            .connections
            .named(&self.admin.connection);
        let may_make = self.admin.is_super || self.admin.by_link;
        if in_use.is_none() && !may_make {
            return Err(SettingsRefusal::UnknownConnection.into());
        }
        let table = match typed {
            Some(typed) => Some(self.allowed_table(&typed, form.options.groups_from).await?),
            None => None,
        };
        if table.is_some() || checks == Checks::Skipped {
            self.admin.refuse_before_sign_in_to_people().await?;
        }
        let before = in_use.as_ref().map(|in_use| &*in_use.config);
        let parsed = self.parse(&form, &change, before, table.as_ref()).await?;
        let (report, candidate) = match parsed {
            Ok(config) => {
                let (report, candidate) = self.check(config, checks).await;
                (report, Some(candidate))
            }
            Err(report) => (report, None),
        };
        // The right may have been lost while Okta was asked.
        self.admin.confirm().await?;
        if checks == Checks::Only {
            let found = format!("{}: {}", described(&form), failures(&report));
            self.admin.record(AuditEvent::Checked, found).await;
            return Ok((report, None));
        }
        let is_good = checks == Checks::Skipped || report.passed();
        let (draft, saved) = match candidate.filter(|_| is_good) {
            Some(connection) => {
                let replaced = self
                    .put_into_use(in_use.as_deref(), connection, table)
                    .await;
                if let Err(SettingsError::Refused(_)) = &replaced {
                    let draft = draft(form);
                    self.admin
                        .keep(|content| content.draft = Some(draft.clone()))
                        .await?;
                }
                replaced?;
                (None, Some(self.admin.saved()?))
            }
            None => {
                let refused = format!("{}: {}", described(&form), failures(&report));
                self.admin.record(AuditEvent::ConnectRefused, refused).await;
                (Some(draft(form)), None)
            }
        };
        // Without checks there is nothing to show.
        let kept = Some(report.clone()).filter(|report| !report.checks.is_empty());
        self.admin
            .keep(|content| {
                content.draft = draft.clone();
                content.report = kept.clone();
            })
            .await?;
        Ok((report, saved))
    }

    /// What was entered, with what stays as it was before, or what is wrong with it.
    async fn parse(
        &self,
        form: &ConnectionForm,
        change: &ConnectionChange,
        before: Option<&ConnectionConfig>,
        table: Option<&RoleTable>,
    ) -> Result<Result<ConnectionConfig, CheckReport>, SettingsError> {
        let Admin {
            okta,
            services,
            connection: name,
            ..
        } = &self.admin;
        let policy = match &change.sign_in_policy {
            Some(typed) => Some(self.checked_policy(typed, form.options.groups_from)?),
            None => None,
        };
        let parsed = parse::connection(name, form, okta.shared().allow_http_issuer, before)
            .map(|config| ConnectionConfig {
                sign_in_policy: policy.unwrap_or(config.sign_in_policy),
                ..config
            })
            .and_then(|config| keeps_groups(config, &services.roles, table));
        let parsed = match parsed {
            Ok(config) => self.keeps_admin(config).await?,
            Err(report) => Err(report),
        };
        let config = match parsed {
            Ok(config) => config,
            Err(report) => return Ok(Err(report)),
        };
        if let Some(before) = before {
            let admin = &self.admin;
            admin
                .refuse_before_sign_in_unless_mended(before, &config)
                .await?;
        }
        let new = Standing::new(name);
        let standing = before.map_or(&new, |before| &before.standing);
        Ok(Ok(self.with_standing(config, change, standing)?))
    }

    /// Asks the provider, unless that is to be skipped.
    async fn check(&self, config: ConnectionConfig, checks: Checks) -> (CheckReport, Connection) {
        let connections = &self.admin.services.connections;
        if checks == Checks::Skipped {
            return (CheckReport::default(), connections.kept(config));
        }
        let candidate = connections.candidate(config);
        (check::check(&candidate).await, candidate)
    }

    async fn put_into_use(
        &self,
        before: Option<&Connection>,
        connection: Connection,
        table: Option<RoleTable>,
    ) -> Result<(), SettingsError> {
        let services = self.admin.services.clone();
        let connection = services.connections.as_discovered(connection);
        let config = before.map(|before| &*before.config);
        let changes = connection::changes(config, &connection.config);
        let before_table = services.roles.table(&self.admin.connection);
        let new_roles = table
            .as_ref()
            .filter(|table| **table != *before_table)
            .map(|table| roles::changes(&before_table, table));
        let replaced = config.is_none_or(|before| before.id != connection.config.id);
        let stored = services
            .connections
            .replace(before, connection, table)
            .await;
        stored.map_err(refused)?;
        services.sessions.look_again();
        self.admin.record(AuditEvent::Connected, changes).await;
        if let Some(changes) = new_roles {
            self.admin.record(AuditEvent::RolesChanged, changes).await;
        }
        let grant = match replaced && self.loses_sign_in() {
            true => Some(self.kept_right().await?),
            false => None,
        };
        self.admin
            .keep(|content| {
                // A result from the previous connection says nothing about this one.
                content.tested = None;
                content.setup = grant.clone().or(content.setup.take());
            })
            .await
    }

    /// Whether it is the connection that the admin signed in through, or has a right for.
    fn loses_sign_in(&self) -> bool {
        let Admin {
            identity,
            access,
            content,
            connection,
            ..
        } = &self.admin;
        match access {
            Access::Role => identity
                .as_ref()
                .is_some_and(|identity| identity.connection == *connection),
            Access::Setup => content
                .setup
                .as_ref()
                .is_none_or(|grant| grant.connection() == connection),
            Access::Token(_) | Access::App => false,
        }
    }
}

pub(super) fn refused(error: ReplaceError) -> SettingsError {
    match error {
        ReplaceError::Changed => SettingsRefusal::ConnectionChanged.into(),
        ReplaceError::SameApp(_) => SettingsRefusal::SameApp.into(),
        ReplaceError::Store(error) => error.into(),
    }
}

/// What is stored of a form that was not saved: no secrets, and bounded in size.
fn draft(form: ConnectionForm) -> Draft {
    Draft::new(
        parse::shortened(&form.client_id),
        parse::shortened(&form.issuer),
        parse::shortened(&form.authorization_server),
        parse::shortened_options(form.options),
    )
}

/// What was entered, without the secret.
fn described(form: &ConnectionForm) -> String {
    format!(
        "issuer {}, client ID {}",
        parse::shortened(&form.issuer),
        parse::shortened(&form.client_id)
    )
}

/// Without a group source, roles that depend on groups would be lost, including the admins'.
fn keeps_groups(
    config: ConnectionConfig,
    roles: &Roles,
    table: Option<&RoleTable>,
) -> Result<ConnectionConfig, CheckReport> {
    let name = &config.name;
    let depend = match table {
        Some(table) => !table.rules.is_empty() || roles.admin_group(name).is_some(),
        None => roles.depend_on_groups(name),
    };
    if config.options.groups_from != GroupsFrom::Nowhere {
        return Ok(config);
    }
    if !config.sign_in_policy.groups.is_empty() {
        return Err(check::refused_form(
            &config.options,
            CheckName::Groups,
            "groups_from",
            "Only members of certain groups may sign in, so a group source is needed.".to_owned(),
            "Remove the groups under Who may sign in first, or choose a group source.",
        ));
    }
    if !depend {
        return Ok(config);
    }
    let remedy = match roles.admin_group(name) {
        Some(_) => {
            "Choose a group source: the server's environment names a group whose members are admins."
        }
        None => "Remove the group rules under Roles first, or choose a group source.",
    };
    Err(check::refused_form(
        &config.options,
        CheckName::Groups,
        "groups_from",
        "Roles depend on groups, so a group source is needed.".to_owned(),
        remedy,
    ))
}
