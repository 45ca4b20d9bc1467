//! What the calls from Okta share: how they end sessions, how they are refused, and what is left of
//! both in the audit trail.

use std::{net::IpAddr, sync::Arc};

use axum::{Json, response::Response};
use http::StatusCode;
use okta_types::{Actor, AuditEvent, SignOutAddress};
use serde_json::json;

use crate::{
    audit,
    http::{no_store, retry_later},
    services::Services,
    session::EndCause,
    store::{StoreError, Whose},
    telemetry::{self, Ended},
};

/// Ends all of these sessions, on every server. `whom` is for the audit trail. Returns how many there
/// were.
pub(super) async fn end(
    services: &Arc<Services>,
    address: SignOutAddress,
    client: Option<IpAddr>,
    whose: Vec<Whose>,
    whom: &str,
) -> Result<usize, StoreError> {
    let (event, cause) = match address {
        SignOutAddress::FrontChannel => {
            (AuditEvent::FrontChannelLogout, EndCause::FrontChannelLogout)
        }
        SignOutAddress::BackChannel => (AuditEvent::BackChannelLogout, EndCause::BackChannelLogout),
        _ => (AuditEvent::UniversalLogout, EndCause::UniversalLogout),
    };
    let ended_for = whom.to_owned();
    let entry = move |ended: usize| {
        let detail = format!("{ended_for}: {}", sessions(ended));
        (ended > 0).then(|| audit::entry(event, Actor::Okta, client, detail))
    };
    let (mut ended, mut failed) = (0, None);
    for whose in whose {
        let (sessions, entry) = (&services.sessions, entry.clone());
        let theirs = match address {
            // Nobody signs this call and anybody may guess, so only what is there costs an end.
            SignOutAddress::FrontChannel => sessions.end_any_of(whose, cause, entry).await,
            _ => sessions.end_of(whose, cause, entry).await,
        };
        match theirs {
            Ok(theirs) => {
                telemetry::ended(Ended::Okta, theirs as u64);
                ended += theirs;
            }
            // The others' sessions end all the same.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if ended > 0 || failed.is_none() {
        let result = format!("{whom}: {}", sessions(ended));
        services.sign_out_calls.note_accepted(address, &result);
    }
    failed.map_or(Ok(ended), Err)
}

fn sessions(ended: usize) -> String {
    match ended {
        0 => "no session here".to_owned(),
        1 => "1 session ended".to_owned(),
        ended => format!("{ended} sessions ended"),
    }
}

/// Notes why a call is refused, and gives the answer to it. A client that is refused too often is
/// told to come back later, and nothing is written for it.
pub(super) async fn refuse(
    services: &Services,
    address: SignOutAddress,
    client: Option<IpAddr>,
    reason: &str,
    answer: Response,
) -> Response {
    let calls = &services.sign_out_calls;
    if !calls.allow_refused(client) {
        return too_many();
    }
    calls.note_refused(address, reason);
    let detail = format!("{}: {reason}", address.title());
    let (event, actor) = (AuditEvent::SignOutRefused, Actor::Stranger);
    services.record(event, actor, client, detail).await;
    answer
}

pub(super) fn too_many() -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let description = "There were too many calls. Try again later.";
    retry_later(problem(status, "temporarily_unavailable", description))
}

/// While the app has no database.
pub(super) fn closed() -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let description = "This app can't end sessions right now. Try again later.";
    retry_later(problem(status, "temporarily_unavailable", description))
}

/// An error as in RFC 6749 §5.2. It says the same to everybody: the reason is for admins.
pub(super) fn problem(
    status: StatusCode,
    error: &'static str,
    description: &'static str,
) -> Response {
    let body = json!({ "error": error, "error_description": description });
    no_store((status, Json(body)))
}
