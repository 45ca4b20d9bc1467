//! `GET /frontchannel-logout?iss=…&sid=…` ends a session of Okta's here, too (OpenID Connect
//! Front-Channel Logout 1.0). Okta's page shows it in a frame when somebody signs out there.
//!
//! In a frame of another site, a browser sends no session cookie (`SameSite=Lax`), so the session
//! is found by `iss` and `sid`. Nobody signs this call, so both are demanded: without a session's
//! `sid`, which can't be guessed, no link and no image signs anybody out.

use std::collections::BTreeSet;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use okta_types::SignOutAddress;
use url::Url;

use super::by_okta::{end, refuse};
use crate::{
    causes::with_causes,
    http::{client_address::ClientAddress, only, page::Page, retry_later},
    okta::Okta,
    store::Whose,
};

const ADDRESS: SignOutAddress = SignOutAddress::FrontChannel;
/// For the audit trail.
const SESSION: &str = "A session at Okta";

pub(super) async fn logout(
    State(okta): State<Okta>,
    ClientAddress(client): ClientAddress,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(services) = okta.services() else {
        return retry_later(NOT_NOW.into_response());
    };
    let query = query.unwrap_or_default();
    let issuer = parameter(&query, "iss");
    // Of whatever issuer it names: whether that one is connected is not for everybody.
    let origin = issuer.as_deref().and_then(origin);
    let framed = |page: Page<'_>| page.framed_by(origin.as_deref());
    if !services.sign_out_calls.allow_frame(client) {
        return retry_later(framed(TOO_MANY));
    }
    let (Some(issuer), Some(sid)) = (issuer, parameter(&query, "sid")) else {
        let reason = "it doesn't name the issuer and the session (`iss` and `sid`)";
        return refuse(services, ADDRESS, client, reason, framed(INCOMPLETE)).await;
    };
    let connections = services.connections.signed_by(&issuer);
    let signed = connections.iter().filter(|it| it.signer(&issuer).is_some());
    // An org, and each of its authorization servers, have the same sessions.
    let issuers: BTreeSet<String> = signed.map(|it| it.issuer().to_owned()).collect();
    let whose = issuers.into_iter().map(|issuer| {
        let sid = sid.clone();
        Whose::OktaSession { issuer, sid }
    });
    let whose: Vec<_> = whose.collect();
    if whose.is_empty() {
        // The same page: whether an issuer is connected is not for everybody.
        let reason = "it names an issuer that isn't connected to this app";
        return refuse(services, ADDRESS, client, reason, framed(SIGNED_OUT)).await;
    }
    match end(services, ADDRESS, client, whose, SESSION).await {
        Ok(_) => framed(SIGNED_OUT),
        Err(error) => {
            let error = with_causes(&error);
            tracing::error!(error, "a session that ended at Okta is not deleted yet");
            retry_later(framed(NOT_NOW))
        }
    }
}

/// A parameter that is there once, and not empty.
fn parameter(query: &str, name: &'static str) -> Option<String> {
    let value = only(query, name).ok()??;
    (!value.is_empty()).then(|| value.into_owned())
}

/// Where the issuer's page is.
pub(super) fn origin(issuer: &str) -> Option<String> {
    let issuer = Url::parse(issuer).ok()?;
    let is_web = matches!(issuer.scheme(), "https" | "http");
    is_web.then(|| issuer.origin().ascii_serialization())
}

const SIGNED_OUT: Page<'static> = page(
    StatusCode::OK,
    "You’re signed out",
    "You’re signed out of this app. You can close this page.",
);
const INCOMPLETE: Page<'static> = page(
    StatusCode::BAD_REQUEST,
    "Nothing was signed out",
    "This address is for Okta, which names the session that ends.",
);
const TOO_MANY: Page<'static> = page(
    StatusCode::TOO_MANY_REQUESTS,
    "Too many requests",
    "Too many requests came from your network in the last minute. Wait a minute, then try again.",
);
const NOT_NOW: Page<'static> = page(
    StatusCode::SERVICE_UNAVAILABLE,
    "You may still be signed in",
    "This app can’t sign you out right now. Open it, and sign out there.",
);

const fn page(status: StatusCode, title: &'static str, explanation: &'static str) -> Page<'static> {
    Page {
        status,
        title,
        explanation,
        links: &[],
        reference: None,
    }
}
