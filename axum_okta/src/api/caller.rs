//! Who calls the JSON API.

use axum::extract::{FromRequestParts, RawPathParams};
use http::{HeaderMap, header, request::Parts};
use okta_types::SettingsRefusal;

use crate::{
    http::bearer::bearer,
    settings::{Admin, SettingsError, Visitor},
};

/// How routes call the name of a connection.
const NAME: &str = "name";

/// The admin who calls: somebody who is signed in, or a program with a token, whose cookies don't
/// count. If the path names a connection, at its settings. Tokens are good here and nowhere else.
pub(super) struct Caller(pub(super) Admin);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = SettingsError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let changes = !parts.method.is_safe();
        let admin = match token(&parts.headers)? {
            Some(token) => visitor.admin_with_token(token, changes).await?,
            None => visitor.admin().await?,
        };
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_| SettingsRefusal::MalformedName)?;
        // The app's own routes may have put parameters before ours.
        match path.iter().filter(|(key, _)| *key == NAME).last() {
            Some((_, connection)) => admin.for_connection(connection).map(Self),
            None => Ok(Self(admin)),
        }
    }
}

/// The token that was sent. Other schemes are for others: a proxy may have asked for a password.
fn token(headers: &HeaderMap) -> Result<Option<&str>, SettingsRefusal> {
    let sent = headers.get_all(header::AUTHORIZATION).iter();
    let mut tokens = sent.filter_map(bearer);
    let Some(token) = tokens.next() else {
        return Ok(None);
    };
    let token = str::from_utf8(token).map_err(|_| SettingsRefusal::WrongToken)?;
    match tokens.next() {
        Some(_) => Err(SettingsRefusal::WrongToken),
        None => Ok(Some(token)),
    }
}
