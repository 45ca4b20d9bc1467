//! `Idempotency-Key`: a program that doesn't know whether its request arrived sends it again, and
//! gets the response that it missed
//! ([draft-ietf-httpapi-idempotency-key-header](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)).

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use super::{caller::Caller, problem::ApiError};
use crate::{
    causes::with_causes,
    http::retry_later,
    okta::Okta,
    routes::MAX_BODY_BYTES,
    settings::SettingsError,
    store::{IdempotentRequest, Sent, Store},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that the response is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_KEY_LENGTH: usize = 255;

/// What is kept of a response.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    content_type: Option<String>,
    etag: Option<String>,
    body: String,
}

/// Carries out each request with a key once. Without a key, nothing changes.
pub(super) async fn once(State(okta): State<Okta>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    match carried_out(&okta, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn carried_out(okta: &Okta, request: Request, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    // Nobody is shown a response whom the request would not be carried out for.
    let Caller(admin) = Caller::from_request_parts(&mut parts, okta).await?;
    let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        ApiError::Request(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is too long.".to_owned(),
        )
    })?;
    let store = okta.services()?.store.clone();
    let identified = identified(&store, &admin.caller(), &parts, &body)?;
    let sent = store.begin_request(&identified).await;
    match sent.map_err(SettingsError::from)? {
        Sent::First => {}
        Sent::Again(kept) => return Ok(replayed(&kept)),
        Sent::UnderWay => {
            let detail = "A request with this Idempotency-Key is under way. Send it again later.";
            let error = ApiError::Request(StatusCode::CONFLICT, detail.to_owned());
            return Ok(retry_later(error.into_response()));
        }
        Sent::Other => {
            let detail = "Another request was sent with this Idempotency-Key. Use a new key.";
            return Err(ApiError::Request(
                StatusCode::UNPROCESSABLE_ENTITY,
                detail.to_owned(),
            ));
        }
    }
    let request = Request::from_parts(parts, Body::from(body));
    // To the end, also if whoever sent it doesn't wait: that is who will send it again.
    let run = async move {
        let (response, kept) = kept(next.run(request).await).await;
        if let Err(error) = store.end_request(&identified, kept.as_deref()).await {
            let error = with_causes(&error);
            tracing::warn!(
                error,
                "a response could not be kept for its Idempotency-Key"
            );
        }
        response
    };
    let response = tokio::spawn(run.in_current_span()).await;
    Ok(response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

fn identified(
    store: &Store,
    caller: &str,
    parts: &Parts,
    body: &[u8],
) -> Result<IdempotentRequest, ApiError> {
    let mut keys = parts.headers.get_all(KEY).iter();
    let key = keys.next().and_then(|key| key.to_str().ok());
    let key = key.filter(|key| (1..=MAX_KEY_LENGTH).contains(&key.len()) && keys.next().is_none());
    let key = key.ok_or_else(|| {
        let detail = "Send one Idempotency-Key of up to 255 visible ASCII characters.";
        ApiError::Request(StatusCode::BAD_REQUEST, detail.to_owned())
    })?;
    let hash = |parts: &[&[u8]]| {
        let mut message = b"okta_idempotent_request".to_vec();
        for part in parts {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part);
        }
        BASE64_URL_SAFE_NO_PAD.encode(store.tag(&message))
    };
    let expected = |name: HeaderName| header_text(&parts.headers, &name).unwrap_or_default();
    let (caller, uri) = (caller.as_bytes(), parts.uri.to_string());
    Ok(IdempotentRequest {
        key_hash: hash(&[b"key", caller, key.as_bytes()]),
        caller_hash: hash(&[b"caller", caller]),
        request_hash: hash(&[
            b"request",
            parts.method.as_str().as_bytes(),
            uri.as_bytes(),
            expected(header::IF_MATCH).as_bytes(),
            expected(header::IF_NONE_MATCH).as_bytes(),
            body,
        ]),
    })
}

/// The response, and what is kept of it. What may go otherwise the next time isn't kept.
async fn kept(response: Response) -> (Response, Option<String>) {
    let status = response.status();
    let is_final = !status.is_server_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        );
    if !is_final {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return (StatusCode::INTERNAL_SERVER_ERROR.into_response(), None);
    };
    let kept = Kept {
        status: status.as_u16(),
        content_type: header_text(&parts.headers, &header::CONTENT_TYPE),
        etag: header_text(&parts.headers, &header::ETAG),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let kept = serde_json::to_string(&kept).ok();
    (Response::from_parts(parts, Body::from(body)), kept)
}

fn replayed(kept: &str) -> Response {
    let Ok(kept) = serde_json::from_str::<Kept>(kept) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let stored = [
        (header::CONTENT_TYPE, kept.content_type),
        (header::ETAG, kept.etag),
        (header::CACHE_CONTROL, Some("no-store".to_owned())),
        (REPLAYED, Some("true".to_owned())),
    ];
    for (name, value) in stored {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

fn header_text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}
