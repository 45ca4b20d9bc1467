//! What we store in a session. The app may store its own values beside it.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use okta_types::{
    CheckReport, Draft, Identity, NewAdminToken, NewSetupLink, ProvisioningDraft, RoleTable,
    TestReport, Timestamp,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tower_sessions::{Expiry, Session, session::Record};

use super::{Knowledge, index::sid, renew_at};
use crate::{
    connection::{CONNECTION, Connection, oidc::Tokens},
    setup::SetupGrant,
    store::{StoreError, now},
};

/// For an issuer that doesn't say: Okta's shortest.
const ACCESS_TOKEN_LASTS: Duration = Duration::from_secs(5 * 60);

/// Everything of ours is under one key.
const KEY: &str = "okta";

/// All of it is encrypted at rest.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) signed_in: Option<SignedIn>,
    pub(crate) setup: Option<SetupGrant>,
    pub(crate) draft: Option<Draft>,
    pub(crate) report: Option<CheckReport>,
    /// A role table that could not be saved, so that nothing typed is lost.
    #[serde(default)]
    pub(crate) roles_draft: Option<RoleTable>,
    #[serde(default)]
    pub(crate) tested: Option<TestReport>,
    /// A token that was just created, until it is shown.
    #[serde(default)]
    pub(crate) new_token: Option<NewAdminToken>,
    /// A setup link that was just made, until it has been shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) new_setup_link: Option<NewSetupLink>,
    /// A token for provisioning that was just created, to be shown once.
    #[serde(default)]
    pub(crate) new_scim_token: Option<String>,
    /// What was entered about provisioning and not saved, so that nothing typed is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provisioning_draft: Option<ProvisioningDraft>,
    /// The connection that the drafts and results are about; without it, the first.
    #[serde(default)]
    pub(crate) about: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignedIn {
    pub(crate) identity: Identity,
    /// The connection they signed in through. If it is replaced, they are no longer signed in.
    pub(crate) connection_id: String,
    /// Sent back to Okta at sign-out.
    pub(crate) id_token: String,
    /// For the person, to know their own sessions by.
    #[serde(default)]
    pub(crate) device: Device,
    /// How many times in a row they had to confirm that it's them until this session started.
    #[serde(default)]
    pub(crate) confirmations: u32,
    /// When Okta last said that they may be signed in, if that was after the sign-in.
    #[serde(default)]
    pub(crate) checked_at: Option<Timestamp>,
    /// When their browser was last sent to Okta to ask, without anything to be seen.
    #[serde(default)]
    pub(crate) tried_at: Option<Timestamp>,
    /// If the connection wants refresh tokens, and Okta gave one.
    #[serde(default)]
    pub(crate) tokens: Option<SessionTokens>,
    /// Okta's session, if the newest ID token doesn't say which it is.
    #[serde(default)]
    pub(crate) okta_sid: Option<String>,
}

impl SignedIn {
    pub(crate) fn knowledge(&self) -> Knowledge {
        Knowledge {
            checked_at: self.checked_at.unwrap_or(self.identity.signed_in_at),
            renew_tokens_at: self.tokens.as_ref().map(SessionTokens::renew_at),
            tried_at: self.tried_at,
        }
    }

    /// Okta's session, as the newest ID token says that names one.
    pub(super) fn okta_sid(&self) -> Option<String> {
        sid(&self.id_token).or_else(|| self.okta_sid.clone())
    }

    pub(crate) fn take_id_token(&mut self, fresh: &SecretString) {
        self.okta_sid = self.okta_sid();
        fresh.expose_secret().clone_into(&mut self.id_token);
    }
}

/// What Okta gave for the time after the sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SessionTokens {
    pub(crate) refresh_token: String,
    pub(crate) access_token: String,
    /// Whether they are bound to the connection's key (DPoP).
    #[serde(default)]
    pub(crate) is_bound: bool,
    pub(crate) issued_at: Timestamp,
    pub(crate) access_token_ends: Timestamp,
}

impl SessionTokens {
    /// As far as the connection wants them.
    pub(crate) fn wanted(connection: &Connection, tokens: &Tokens, at: Timestamp) -> Option<Self> {
        let wanted = connection.config.options.refresh_tokens;
        let refresh_token = tokens.refresh_token.as_ref().filter(|_| wanted)?;
        Some(Self::new(tokens, refresh_token, at))
    }

    pub(crate) fn new(tokens: &Tokens, refresh_token: &SecretString, at: Timestamp) -> Self {
        let lasts = tokens.expires_in.unwrap_or(ACCESS_TOKEN_LASTS).as_secs();
        let lasts = i64::try_from(lasts).unwrap_or(i64::MAX);
        Self {
            refresh_token: refresh_token.expose_secret().to_owned(),
            access_token: tokens.access_token.expose_secret().to_owned(),
            is_bound: tokens.is_bound,
            issued_at: at,
            access_token_ends: at.plus_seconds(lasts),
        }
    }

    pub(crate) fn renew_at(&self) -> Timestamp {
        renew_at(self.issued_at, self.access_token_ends)
    }
}

/// Where somebody signed in from.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) address: Option<IpAddr>,
    pub(crate) user_agent: Option<String>,
}

impl Content {
    pub(crate) async fn load(session: &Session) -> Result<Self, StoreError> {
        let content: Self = session.get(KEY).await?.unwrap_or_default();
        Ok(content.without_what_has_ended())
    }

    pub(super) fn of_record(record: &Record) -> Result<Self, StoreError> {
        Self::of_data(&record.data)
    }

    pub(super) fn of_data(data: &HashMap<String, Value>) -> Result<Self, StoreError> {
        Ok(Self::of_data_that_may_have_ended(data)?.without_what_has_ended())
    }

    /// For the audit trail.
    pub(super) fn of_data_that_may_have_ended(
        data: &HashMap<String, Value>,
    ) -> Result<Self, StoreError> {
        let Some(content) = data.get(KEY) else {
            return Ok(Self::default());
        };
        Self::deserialize(content).map_err(|error| StoreError::Unreadable {
            what: "session",
            source: error.into(),
        })
    }

    fn without_what_has_ended(mut self) -> Self {
        self.signed_in = self
            .signed_in
            .filter(|signed_in| signed_in.identity.expires_at > now());
        self.setup = self.setup.filter(|grant| grant.until > now());
        self
    }

    /// What an admin entered for this connection, and was told about it. What is about another one
    /// is dropped.
    pub(crate) fn turn_to(&mut self, connection: &str) {
        if self.about.as_deref().unwrap_or(CONNECTION) != connection {
            *self = Self {
                signed_in: self.signed_in.take(),
                setup: self.setup.take(),
                about: Some(connection.to_owned()),
                ..Self::default()
            };
        }
    }

    /// Removes all rights from a session.
    pub(super) fn take_rights(record: &mut Record) -> Result<(), StoreError> {
        let content = Self::of_record(record)?;
        if content.end().is_some() {
            let without = Self {
                signed_in: None,
                setup: None,
                new_token: None,
                new_setup_link: None,
                new_scim_token: None,
                ..content
            };
            record.data.insert(KEY.to_owned(), json!(without));
        }
        Ok(())
    }

    /// Puts the content into a record to be stored.
    pub(super) fn put_into_record(&self, record: &mut Record) {
        record.data.insert(KEY.to_owned(), json!(self));
    }

    /// What is saved when the app changes a session: its own values, and ours as they are stored.
    /// If the app cleared the session, ours are gone, too.
    pub(super) fn keep_stored(record: &mut Record, mut stored: Record) {
        if record.data.remove(KEY).is_some()
            && let Some(ours) = stored.data.remove(KEY)
        {
            record.data.insert(KEY.to_owned(), ours);
        }
    }

    /// Whether somebody is signed in differently, which all servers have to know.
    pub(super) fn differ_in_sign_in(one: &Record, other: &Record) -> bool {
        let signed_in = |record: &Record| record.data.get(KEY)?.get("signed_in").cloned();
        signed_in(one) != signed_in(other)
    }

    /// Updates the request's view of the session, which ends when its last right ends.
    pub(super) async fn put_into(&self, session: &Session) -> Result<(), StoreError> {
        session.insert(KEY, self).await?;
        if self.end().is_some() {
            session.set_expiry(Some(Expiry::AtDateTime(self.end_date())));
        }
        Ok(())
    }

    pub(super) fn into_record(self, id: tower_sessions::session::Id) -> Record {
        let expiry_date = self.end_date();
        let data = [(KEY.to_owned(), json!(self))].into();
        Record {
            id,
            data,
            expiry_date,
        }
    }

    /// When the last right ends; `None` without one.
    pub(super) fn end(&self) -> Option<Timestamp> {
        let ends = [
            self.signed_in
                .as_ref()
                .map(|signed_in| signed_in.identity.expires_at),
            self.setup.as_ref().map(|grant| grant.until),
        ];
        ends.into_iter().flatten().max()
    }

    fn end_date(&self) -> OffsetDateTime {
        let Timestamp(end) = self.end().unwrap_or_else(now);
        OffsetDateTime::from_unix_timestamp(end).unwrap_or_else(|_| OffsetDateTime::now_utc())
    }
}
