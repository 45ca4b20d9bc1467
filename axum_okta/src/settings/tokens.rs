//! Tokens for programs, and programs that come with one.

use okta_types::{
    Actor, AdminTokenForm, AdminTokenSummary, AuditEvent, NewAdminToken, SettingsRefusal,
    TokenAccess,
};

use super::{
    Admin, SettingsError, Visitor,
    admin::{Access, Changing},
};
use crate::{
    admin_token::{AdminToken, Scope, TokenError},
    connection::{CONNECTION, parse},
    http::client_address::counted_as,
    random_token,
    services::Services,
    session::Content,
    store::now,
    telemetry::{self, Limit},
};

const MAX_NAME_LENGTH: usize = 100;
const MAX_DAYS: u16 = 365;
const DAY: i64 = 24 * 60 * 60;
/// In the settings of one connection. More than anybody keeps track of.
const MAX_TOKENS: i64 = 50;
/// More names than anybody lists; such a token is for the whole app.
const MAX_CONNECTIONS: usize = 100;

impl Visitor {
    /// Lets in a program with a token, whatever the session is. What is wrong with the token is for
    /// the audit trail, not for who sent it.
    pub(crate) async fn admin_with_token(
        self,
        sent: &str,
        changes: bool,
    ) -> Result<Admin, SettingsError> {
        let services = self.okta.services()?.clone();
        let admitted = services.admin_tokens.admit(sent, counted_as(self.address));
        let token = match admitted.await {
            Ok(token) => token,
            Err(TokenError::TooMany) => {
                telemetry::rate_limited(Limit::AdminToken);
                return Err(SettingsRefusal::TooManyRequests.into());
            }
            Err(TokenError::Wrong(why)) => {
                let event = AuditEvent::TokenRefused;
                services
                    .record(event, Actor::Stranger, self.address, why)
                    .await;
                return Err(SettingsRefusal::WrongToken.into());
            }
            Err(TokenError::Store(error)) => return Err(error.into()),
        };
        if changes && token.access != TokenAccess::Write {
            return Err(SettingsRefusal::ReadOnlyToken.into());
        }
        let scope = services.scope_in_use(&token.scope);
        let (is_super, connection) = match &scope {
            Scope::WholeApp => (true, CONNECTION),
            Scope::Connections(names) => {
                let first = names.first().ok_or(SettingsRefusal::WrongToken)?;
                (false, first.as_str())
            }
        };
        Ok(Admin {
            is_super,
            by_link: false,
            connection: connection.to_owned(),
            okta: self.okta,
            services,
            session: None,
            content: Content::default(),
            actor: Actor::Token {
                id: token.id.clone(),
                name: token.name.clone(),
            },
            access: Access::Token(AdminToken { scope, ..token }),
            identity: None,
            address: self.address,
            expected: None,
        })
    }
}

impl Services {
    /// Nobody opens the settings of a connection that is disabled but admins of the whole app.
    fn scope_in_use(&self, scope: &Scope) -> Scope {
        let is_in_use = |name: &String| {
            let connection = self.connections.named(name);
            connection.is_some_and(|connection| connection.config.standing.enabled)
        };
        match scope {
            Scope::WholeApp => Scope::WholeApp,
            Scope::Connections(names) => Scope::Connections(
                names
                    .iter()
                    .filter(|name| is_in_use(name))
                    .cloned()
                    .collect(),
            ),
        }
    }

    /// Whether a program may go on with what it began with this token.
    pub(super) async fn admits(&self, token: &AdminToken) -> Result<bool, SettingsError> {
        let is_in_use = self.scope_in_use(&token.scope) == token.scope;
        Ok(is_in_use && self.admin_tokens.is_good(token).await?)
    }
}

impl Admin {
    /// Returns the tokens that were created in these settings, the newest first. Expired ones are
    /// listed for 30 days.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::SignInFirst`] to whoever only has a setup link,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn tokens(&self) -> Result<Vec<AdminTokenSummary>, SettingsError> {
        self.refuse_before_sign_in()?;
        let tokens = self.services.store.admin_tokens(&self.connection).await?;
        Ok(tokens.iter().map(AdminToken::summary).collect())
    }

    /// Creates a token with which a program reads or changes these settings through the JSON API.
    /// It is returned once, and only a hash of it is stored. It goes on when its creator is no
    /// longer an admin, until it expires or is revoked.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::TokensNeedSignIn`] for everybody but admins who are signed in,
    /// [`SettingsRefusal::MalformedToken`] if its name, lifetime, or connections can't be used,
    /// [`SettingsRefusal::UnknownConnection`] if there is no such connection,
    /// [`SettingsRefusal::TooManyTokens`] if there are 50, [`SettingsError::Store`] if the database
    /// doesn't respond.
    pub async fn create_token(self, form: AdminTokenForm) -> Result<NewAdminToken, SettingsError> {
        self.change(async move |changing: Changing| changing.create_token(form).await)
            .await
    }

    /// Creates a token and stores it for this browser, encrypted, until it is
    /// [taken](Self::take_new_token).
    ///
    /// # Errors
    ///
    /// As for [`create_token`](Self::create_token).
    pub async fn create_token_to_show(self, form: AdminTokenForm) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| {
            let token = changing.create_token(form).await?;
            let admin = &changing.admin;
            admin
                .keep(|content| content.new_token = Some(token.clone()))
                .await
        })
        .await
    }

    /// Returns the token that was just created in this browser, once.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn take_new_token(&self) -> Result<Option<NewAdminToken>, SettingsError> {
        let mut content = self.content.clone();
        content.turn_to(&self.connection);
        let token = content.new_token;
        if token.is_some() {
            self.keep(|content| content.new_token = None).await?;
        }
        Ok(token)
    }

    /// Revokes a token. It doesn't work any more, on any server.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownToken`] if none was created in these settings with this ID,
    /// [`SettingsRefusal::TokensNeedSignIn`] for everybody but admins who are signed in,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn revoke_token(self, id: &str) -> Result<(), SettingsError> {
        let id = id.to_owned();
        self.change(async move |changing: Changing| changing.revoke_token(&id).await)
            .await
    }
}

impl Changing {
    async fn create_token(&self, form: AdminTokenForm) -> Result<NewAdminToken, SettingsError> {
        let admin = &self.admin;
        self.refuse_unless_signed_in()?;
        admin.known_connection()?;
        let name = form.name.trim();
        let is_name = (1..=MAX_NAME_LENGTH).contains(&name.chars().count())
            && !name.chars().any(char::is_control);
        if !is_name || !(1..=MAX_DAYS).contains(&form.days) {
            return Err(SettingsRefusal::MalformedToken.into());
        }
        let scope = self.scope(form.connections)?;
        let (secret, hash) = admin.services.admin_tokens.new_secret();
        let made_at = now();
        let token = AdminToken {
            id: random_token(),
            hash,
            connection: admin.connection.clone(),
            scope,
            access: form.access,
            name: name.to_owned(),
            made_by: admin.actor.to_string(),
            made_at,
            ends_at: made_at.plus_seconds(i64::from(form.days) * DAY),
            used_at: None,
        };
        let mut change = admin.services.store.change().await?;
        // It isn't for whoever gets the name of a connection that was deleted meanwhile.
        if let Scope::Connections(names) = &token.scope {
            for name in names {
                let is_managed = admin.services.connections.is_managed(name);
                if !is_managed && change.connection(name).await?.is_none() {
                    return Err(SettingsRefusal::UnknownConnection.into());
                }
            }
        }
        if change.count_admin_tokens(&token.connection).await? >= MAX_TOKENS {
            return Err(SettingsRefusal::TooManyTokens.into());
        }
        change.put_admin_token(&token).await?;
        change.commit().await?;
        admin.record(AuditEvent::TokenMade, described(&token)).await;
        Ok(NewAdminToken::new(secret, token.summary()))
    }

    /// A token of one connection's settings is good for these alone. A list of names is for those
    /// that exist, and not for the first connection: whoever changes that makes admins of the whole
    /// app.
    fn scope(&self, connections: Option<Vec<String>>) -> Result<Scope, SettingsRefusal> {
        let admin = &self.admin;
        let own = &admin.connection;
        let names = match connections {
            None if own == CONNECTION => return Ok(Scope::WholeApp),
            None => return Ok(Scope::Connections(vec![own.clone()])),
            Some(mut names) => {
                names.sort_unstable();
                names.dedup();
                names
            }
        };
        if names.is_empty()
            || names.len() > MAX_CONNECTIONS
            || names
                .iter()
                .any(|name| name == CONNECTION || !parse::is_name(name))
        {
            return Err(SettingsRefusal::MalformedToken);
        }
        let is_known = |name: &String| {
            let reaches = own == CONNECTION || name == own;
            reaches && admin.services.connections.named(name).is_some()
        };
        match names.iter().all(is_known) {
            true => Ok(Scope::Connections(names)),
            false => Err(SettingsRefusal::UnknownConnection),
        }
    }

    async fn revoke_token(&self, id: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        self.refuse_unless_signed_in()?;
        let store = &admin.services.store;
        let tokens = store.admin_tokens(&admin.connection).await?;
        let token = tokens.iter().find(|token| token.id == id);
        let token = token.ok_or(SettingsRefusal::UnknownToken)?;
        let mut change = store.change().await?;
        if !change.delete_admin_token(&admin.connection, id).await? {
            return Err(SettingsRefusal::UnknownToken.into());
        }
        change.commit().await?;
        admin
            .record(AuditEvent::TokenRevoked, described(token))
            .await;
        Ok(())
    }

    /// What a token makes would outlive it, and so would what an open setup makes.
    fn refuse_unless_signed_in(&self) -> Result<(), SettingsRefusal> {
        match self.admin.has_role() {
            true => Ok(()),
            false => Err(SettingsRefusal::TokensNeedSignIn),
        }
    }
}

fn described(token: &AdminToken) -> String {
    let scope = match &token.scope {
        Scope::WholeApp => "the whole app".to_owned(),
        Scope::Connections(names) => names.join(", "),
    };
    let AdminToken {
        id, name, access, ..
    } = token;
    let access = access.as_str();
    format!("{name} ({id}): {access} {scope}, until {}", token.ends_at)
}
