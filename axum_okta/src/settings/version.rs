//! Versions of a connection, so that nobody overwrites what they haven't seen.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::{ConnectionSummary, SettingsRefusal};
use secrecy::ExposeSecret;
use serde_json::json;

use super::Admin;
use crate::{connection::Connection, store::ConnectionConfig};

const VERSION_BYTES: usize = 16;

/// Which version of the connection there has to be (RFC 9110 §13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// One of these.
    OneOf(Vec<String>),
    /// Any.
    Some,
    /// There is no connection yet.
    None,
}

/// A connection as it was saved.
pub(crate) struct Saved {
    pub(crate) connection: ConnectionSummary,
    pub(crate) version: String,
}

impl Admin {
    /// Changes happen only if the connection is as expected when it is this admin's turn.
    pub(crate) fn expecting(mut self, expected: Option<Expected>) -> Self {
        self.expected = expected;
        self
    }

    /// The version of the connection as it is now, if there is one.
    pub(crate) fn connection_version(&self) -> Option<String> {
        let connection = self.services.connections.named(&self.connection);
        connection.map(|connection| self.version_of(&connection))
    }

    /// The connection as it is now.
    pub(super) fn saved(&self) -> Result<Saved, SettingsRefusal> {
        let connection = self.known_connection()?;
        Ok(Saved {
            version: self.version_of(&connection),
            connection: connection.summary(),
        })
    }

    /// Differs for whatever differs, secrets included; nobody without this app's key can tell what
    /// does.
    fn version_of(&self, connection: &Connection) -> String {
        let ConnectionConfig {
            id,
            name,
            issuer,
            client_id,
            client_secret,
            connected_at,
            api_token,
            options,
            standing,
            sign_in_policy,
        } = &*connection.config;
        let secrets = [Some(client_secret), api_token.as_ref()];
        let secrets = secrets.map(|secret| secret.map(ExposeSecret::expose_secret));
        let standing = json!([
            standing.organization,
            standing.enabled,
            standing.listed,
            standing.place
        ]);
        let content = json!([
            "connection version",
            id,
            name,
            issuer,
            client_id,
            secrets,
            connected_at,
            options,
            standing,
            sign_in_policy
        ]);
        let tag = self.services.store.tag(content.to_string().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(&tag[..VERSION_BYTES])
    }

    pub(super) fn refuse_other_version(&self) -> Result<(), SettingsRefusal> {
        let is_as_expected = match (&self.expected, self.connection_version()) {
            (None, _) | (Some(Expected::Some), Some(_)) | (Some(Expected::None), None) => true,
            (Some(Expected::OneOf(versions)), Some(version)) => versions.contains(&version),
            (Some(Expected::Some | Expected::OneOf(_)), None) | (Some(Expected::None), Some(_)) => {
                false
            }
        };
        match is_as_expected {
            true => Ok(()),
            false => Err(SettingsRefusal::OtherVersion),
        }
    }
}
