//! The request of a server function.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use axum_okta::{
    Okta,
    settings::{Admin, SettingsError, Visitor},
};
use leptos::prelude::*;
use okta_types::SettingsRefusal;

use super::refused::Refused;
use crate::visit::{self, Forgotten};

/// There is no handle: what the developer forgot, if somebody sent this request.
pub(super) struct NoOkta(pub(super) Option<Forgotten>);

impl From<NoOkta> for Refused {
    fn from(_: NoOkta) -> Self {
        Self(SettingsRefusal::Failed)
    }
}

pub(super) fn okta() -> Result<Okta, NoOkta> {
    let okta = with_context(|parts: &Parts| visit::okta(parts).cloned());
    okta.unwrap_or(Err(None)).map_err(NoOkta)
}

pub(super) async fn visitor() -> Result<Visitor, SettingsError> {
    let mut parts: Parts = use_context().ok_or(SettingsError::LayerMissing)?;
    Visitor::from_request_parts(&mut parts, &()).await
}

/// The admin at the settings of this connection, or else of their own.
pub(super) async fn admin(connection: Option<&str>) -> Result<Admin, SettingsError> {
    let admin = visitor().await?.admin().await?;
    match connection {
        Some(name) => admin.for_connection(name),
        None => Ok(admin),
    }
}

/// The parameters of a query. A query that can't be parsed has none.
pub(crate) fn parameters(search: &str) -> HashMap<String, String> {
    let search = search.trim_start_matches('?');
    let uri = format!("/?{search}").parse::<Uri>().ok();
    let query = uri.and_then(|uri| Query::try_from_uri(&uri).ok());
    query
        .map(|Query(parameters)| parameters)
        .unwrap_or_default()
}
