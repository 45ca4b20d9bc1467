//! `POST /backchannel-logout` with a `logout_token` (OpenID Connect Back-Channel Logout 1.0). Okta
//! has none of these; other providers do.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use okta_types::SignOutAddress;

use super::{
    by_okta::{closed, end, problem, refuse, too_many},
    signed_call::{CallError, Kind, SignedCall},
};
use crate::{
    causes::with_causes,
    connection::oidc::UnaskedError,
    http::{client_address::ClientAddress, no_store, only},
    okta::Okta,
    services::Services,
    store::Whose,
};

const ADDRESS: SignOutAddress = SignOutAddress::BackChannel;

/// §2.4: explicit typing is recommended, and providers of before don't do it. Another kind of token
/// is told apart by `events`.
const LOGOUT_TOKEN: Kind = Kind {
    types: &["logout+jwt", "jwt"],
    may_lack_type: true,
};
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

pub(super) async fn logout(
    State(okta): State<Okta>,
    ClientAddress(client): ClientAddress,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(services) = okta.services() else {
        return closed();
    };
    let ended = match &body {
        Ok(form) => end_by_token(services, form, client).await,
        Err(rejection) => Err(rejection.status().into()),
    };
    match ended {
        Ok(_) => no_store(StatusCode::OK),
        Err(refusal) => {
            let reason = with_causes(&refusal);
            refuse(services, ADDRESS, client, &reason, refusal.into_response()).await
        }
    }
}

/// §2.6: what a logout token has to show.
async fn end_by_token(
    services: &Arc<Services>,
    form: &[u8],
    client: Option<IpAddr>,
) -> Result<usize, Refusal> {
    let form = str::from_utf8(form).unwrap_or_default();
    let token = only(form, "logout_token").ok().flatten();
    let token = token.ok_or(CallError::NoToken)?;
    let call = SignedCall::verified(services, &token, &LOGOUT_TOKEN, None).await?;
    let claims = &call.token.claims;
    if !claims.contains_key("iat") {
        return Err(CallError::from(UnaskedError::Missing("iat")).into());
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(|event| event.is_object()) {
        return Err(Refusal::OtherEvent);
    }
    if claims.contains_key("nonce") {
        return Err(Refusal::Nonce);
    }
    let whose = whose(&call).ok_or(Refusal::Nobody)?;
    call.use_once(services).await?;
    let whom = call.token.text("sub").unwrap_or("A session at Okta");
    let ended = end(services, ADDRESS, client, vec![whose], whom).await;
    Ok(ended.map_err(CallError::from)?)
}

/// §2.7: the session that is named, or else all of the person's.
fn whose(call: &SignedCall) -> Option<Whose> {
    let issuer = call.token.text("iss")?.to_owned();
    if let Some(sid) = call.token.text("sid") {
        let sid = sid.to_owned();
        return Some(Whose::OktaSession { issuer, sid });
    }
    let subject = call.token.text("sub")?.to_owned();
    Some(Whose::Person { issuer, subject })
}

/// Why nothing ended.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("its token is about no logout (`events`)")]
    OtherEvent,
    #[error("its token has a `nonce`, as an ID token has")]
    Nonce,
    #[error("its token names neither a person nor a session (`sub`, `sid`)")]
    Nobody,
    #[error("the request can't be read ({0})")]
    Unreadable(StatusCode),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Unreadable(status)
    }
}

/// §2.8: 400 for everything that fails, except for what is no logout request at all.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Unreadable(status) => {
                problem(status, "invalid_request", "The request can't be read.")
            }
            Self::Call(CallError::TooMany) => too_many(),
            Self::Call(CallError::Store(_)) => problem(
                StatusCode::BAD_REQUEST,
                "temporarily_unavailable",
                "This app can't end sessions right now.",
            ),
            _ => problem(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The logout token doesn't count. The app's settings page says why.",
            ),
        }
    }
}
