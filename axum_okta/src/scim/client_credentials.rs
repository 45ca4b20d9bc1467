//! `POST /scim/oauth/token`: a client gets a token for provisioning (OAuth 2 client credentials, RFC
//! 6749 §4.4). It proves by a signature who it is (RFC 7523 §2.2), and each signature counts once.

use std::net::IpAddr;

use axum::{
    Json,
    extract::{RawForm, State, rejection::RawFormRejection},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use okta_types::{Actor, AuditEvent, ScimRequest, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    log::Answered,
    token::{count_limited, new_token},
};
use crate::{
    audit,
    causes::with_causes,
    connection::oidc::{AssertionError, ClientAssertion, PublicKeys},
    http::{
        Repeated,
        client_address::{ClientAddress, counted_as},
        no_store, only, retry_later,
    },
    okta::Okta,
    services::Services,
    store::{ScimClient, StoreError, now},
};

const GRANT_TYPE: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SCOPE: &str = "scim";

/// How long a token counts, in seconds.
const LIFETIME: i64 = 60 * 60;

pub(super) async fn token(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    let Ok(services) = okta.services() else {
        return TokenError::Closed.into_response();
    };
    let asked = TokenRequest {
        okta: &okta,
        services,
        address,
    };
    match asked.answer(&headers, form).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

/// Why no token is given. What a client did wrong is in the audit trail; the answer to a wrong
/// signature says no more than that it is wrong.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("This address gives tokens for client_credentials only.")]
    UnsupportedGrantType,
    #[error("The only scope is scim.")]
    InvalidScope,
    #[error(
        "The client is not known, or its assertion doesn't count. The app's settings page says why."
    )]
    InvalidClient,
    #[error("Too many requests. Try again in 30 seconds.")]
    TooMany,
    #[error("This app can't answer now. Try again later.")]
    Closed,
    #[error("This app couldn't store or read it. Try again later.")]
    Store(#[from] StoreError),
}

impl From<Repeated> for TokenError {
    fn from(_: Repeated) -> Self {
        Self::InvalidRequest("A parameter is there twice.")
    }
}

/// RFC 6749 §5.2.
impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::InvalidRequest(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::InvalidScope => (StatusCode::BAD_REQUEST, "invalid_scope"),
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
            Self::Closed | Self::Store(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
        };
        if let Self::Store(error) = &self {
            tracing::error!(
                error = with_causes(error),
                "no provisioning token was given"
            );
        }
        let body = json!({ "error": code, "error_description": self.to_string() });
        let mut response = not_kept((status, Json(body)).into_response());
        match self {
            Self::InvalidClient => {
                let headers = response.headers_mut();
                let scheme = HeaderValue::from_static("Bearer error=\"invalid_client\"");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
                response
            }
            Self::TooMany | Self::Closed | Self::Store(_) => retry_later(response),
            _ => response,
        }
    }
}

/// RFC 6749 §5.1.
fn not_kept(response: Response) -> Response {
    let mut response = no_store(response);
    let no_cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::PRAGMA, no_cache);
    response
}

/// A request for a token.
struct TokenRequest<'o> {
    okta: &'o Okta,
    services: &'o Services,
    address: Option<IpAddr>,
}

impl TokenRequest<'_> {
    async fn answer(
        &self,
        headers: &HeaderMap,
        form: Result<RawForm, RawFormRejection>,
    ) -> Result<Response, TokenError> {
        let scim = &self.services.scim;
        if !scim.token_requests.allows(&counted_as(self.address)) {
            return Err(too_many());
        }
        let RawForm(form) = form.map_err(|_| {
            TokenError::InvalidRequest("The body must be application/x-www-form-urlencoded.")
        })?;
        let form = std::str::from_utf8(&form)
            .map_err(|_| TokenError::InvalidRequest("The body must be UTF-8."))?;
        match only(form, "grant_type")?.as_deref() {
            Some(GRANT_TYPE) => {}
            Some(_) => return Err(TokenError::UnsupportedGrantType),
            None => return Err(TokenError::InvalidRequest("grant_type is missing.")),
        }
        if let Some(scope) = only(form, "scope")?
            && scope.split_whitespace().any(|one| one != SCOPE)
        {
            return Err(TokenError::InvalidScope);
        }
        if headers.contains_key(header::AUTHORIZATION) || only(form, "client_secret")?.is_some() {
            let other = "A client authenticates with client_assertion, and in no other way.";
            return Err(TokenError::InvalidRequest(other));
        }
        let assertion = only(form, "client_assertion")?;
        let kind = only(form, "client_assertion_type")?;
        let named = only(form, "client_id")?;
        let Some(assertion) = assertion.filter(|_| kind.as_deref() == Some(ASSERTION_TYPE)) else {
            let missing = "it sent no assertion of the type jwt-bearer";
            return Err(self.refused(None, missing.to_owned()).await);
        };
        match self.client_of(&assertion, named.as_deref()).await {
            Ok((client, assertion)) => self.of_client(client, assertion).await,
            Err(Refusal::Store(error)) => Err(error.into()),
            Err(refusal) => Err(self.refused(None, with_causes(&refusal)).await),
        }
    }

    /// The client that an assertion names.
    async fn client_of<'a>(
        &self,
        jwt: &'a str,
        named: Option<&str>,
    ) -> Result<(ScimClient, ClientAssertion<'a>), Refusal> {
        let assertion = ClientAssertion::read(jwt)?;
        let id = assertion.client()?;
        if named.is_some_and(|named| named != id) {
            return Err(Refusal::OtherClient);
        }
        let client = self.services.store.scim_client(id).await?;
        // Its connection may have been disconnected.
        let client = client
            .filter(|client| {
                self.services
                    .connections
                    .named(&client.connection)
                    .is_some()
            })
            .ok_or(Refusal::Unknown)?;
        Ok((client, assertion))
    }

    /// The answer to somebody who says that they are this client. It is in the log of its connection.
    async fn of_client(
        &self,
        client: ScimClient,
        assertion: ClientAssertion<'_>,
    ) -> Result<Response, TokenError> {
        let connection = client.connection.clone();
        let given = self.give(&client, assertion).await;
        let (response, token, detail) = match given {
            Ok((response, token)) => (Ok(response), token, format!("client {}", client.id)),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(Refusal::TooMany) => return Err(too_many()),
            Err(refusal) => {
                let reason = format!("client {}: {}", client.id, with_causes(&refusal));
                let error = self.refused(Some(&connection), reason.clone()).await;
                if matches!(error, TokenError::TooMany) {
                    return Err(error);
                }
                (Err(error), String::new(), reason)
            }
        };
        let status = match &response {
            Ok(response) => response.status(),
            Err(_) => StatusCode::UNAUTHORIZED,
        };
        let path = &self.okta.shared().paths.scim_oauth;
        let mut request = ScimRequest::new(now(), "POST", path, status.as_u16(), 0);
        request.address = self.address.map(|address| address.to_string());
        request.detail = Some(detail);
        self.services.scim.log.note(Answered {
            connection,
            token,
            resource: String::new(),
            request,
        });
        response
    }

    /// Gives a token for an assertion that was not used before. One that fails leaves no trace, so
    /// that the same can be tried again.
    async fn give(
        &self,
        client: &ScimClient,
        assertion: ClientAssertion<'_>,
    ) -> Result<(Response, String), Refusal> {
        let keys = PublicKeys::stored(&client.key_set).ok_or(Refusal::Keys)?;
        let endpoint = self.okta.scim_token_endpoint();
        let base = self.okta.scim_base_url(&client.connection);
        let verified = assertion.verify(&keys, &[&endpoint, &base])?;
        let scim = &self.services.scim;
        if !scim.requests.allows(&client.connection) {
            return Err(Refusal::TooMany);
        }
        let used = format!("scim/{}/{}/{}", client.id.len(), client.id, verified.jti);
        let used = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(used));
        let expires_at = now().plus_seconds(LIFETIME);
        let given = Some((client.id.clone(), expires_at));
        let (token, stored) = new_token(&self.services.store, &client.connection, given);
        let mut change = self.services.store.concurrent_change().await?;
        let counts_until = Timestamp(verified.counts_until);
        if !change.use_state(&used, counts_until).await? {
            return Err(Refusal::Replayed);
        }
        // It may have been deleted just now.
        if !change.scim_client_used(&client.id).await? {
            return Err(Refusal::Unknown);
        }
        change
            .insert_scim_token(&stored, &format!("client {}", client.id))
            .await?;
        change.delete_surplus_scim_tokens(&client.id).await?;
        change.commit().await?;
        let body = json!({
            "access_token": token.expose_secret(),
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": SCOPE,
        });
        Ok((not_kept(Json(body).into_response()), stored.id))
    }

    /// Records why no client is who it says, unless this address has been refused too often.
    async fn refused(&self, connection: Option<&str>, reason: String) -> TokenError {
        let scim = &self.services.scim;
        if !scim.refused.allows(&counted_as(self.address)) {
            return too_many();
        }
        let event = AuditEvent::ProvisioningRefused;
        let detail = format!("No token was given: {reason}");
        let entry = audit::entry(event, Actor::Stranger, self.address, detail);
        let entry = match connection {
            Some(connection) => entry.about(connection),
            None => entry,
        };
        self.services.audit.record(entry).await;
        TokenError::InvalidClient
    }
}

fn too_many() -> TokenError {
    count_limited();
    TokenError::TooMany
}

/// Why a client gets no token.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no such client")]
    Unknown,
    #[error("its `client_id` is another one than its assertion's")]
    OtherClient,
    #[error("the assertion doesn't count")]
    Assertion(#[from] AssertionError),
    #[error("the assertion was used before")]
    Replayed,
    #[error("its keys can't be read")]
    Keys,
    #[error("there are too many requests")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}
