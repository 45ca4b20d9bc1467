//! Userinfo (OpenID Connect Core §5.3): as JSON, or signed.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use openidconnect::{AccessToken, HttpRequest, HttpResponse, SubjectIdentifier, UserInfoUrl};
use serde_json::{Map, Value};
use url::Url;

use super::{
    Metadata, Provider, UserInfo,
    dpop::authorization,
    prover::Prover,
    received::leave_out_unreadable,
    signed_user_info::{self, SignedUserInfoError},
};
use crate::{causes::with_causes, outbound::HttpError, store::Source, telemetry::ProviderRequest};

/// Why there is no userinfo.
pub(super) enum UserInfoError {
    /// There was no response that can be parsed.
    NoAnswer(String),
    /// It is about somebody else, or its signature is invalid.
    Refused(Source),
}

impl From<SignedUserInfoError> for UserInfoError {
    fn from(error: SignedUserInfoError) -> Self {
        match error {
            SignedUserInfoError::Discovery(error) => Self::NoAnswer(with_causes(&error)),
            error => Self::Refused(error.into()),
        }
    }
}

/// Whose userinfo is requested, and by which client.
pub(super) struct UserInfoRequest<'a> {
    pub(super) provider: &'a Provider,
    pub(super) metadata: &'a Arc<Metadata>,
    pub(super) client_id: &'a str,
    pub(super) subject: &'a SubjectIdentifier,
    /// If the access token is bound.
    pub(super) prover: Option<Prover<'a>>,
}

impl UserInfoRequest<'_> {
    /// Also returns the names of the claims that can't be parsed and were ignored.
    pub(super) async fn send(
        self,
        endpoint: &UserInfoUrl,
        access_token: &AccessToken,
    ) -> Result<(UserInfo, Vec<String>), UserInfoError> {
        let answer = self.answer(endpoint.url(), access_token.secret()).await?;
        let mut claims = self.claims(answer).await?;
        let left_out = leave_out_unreadable(&mut claims);
        let json = Value::Object(claims).to_string();
        // Userinfo about somebody else is rejected (OpenID Connect Core §5.3.2).
        let user_info = UserInfo::from_json::<HttpError>(json.as_bytes(), Some(self.subject))
            .map_err(|error| UserInfoError::Refused(error.into()))?;
        Ok((user_info, left_out))
    }

    async fn answer(
        &self,
        endpoint: &Url,
        access_token: &str,
    ) -> Result<HttpResponse, UserInfoError> {
        let what = ProviderRequest::Userinfo;
        let headers = headers(access_token, self.prover.is_some())?;
        let answer = match &self.prover {
            Some(prover) => {
                let request = || {
                    let mut request = HttpRequest::new(Vec::new());
                    request.headers_mut().clone_from(&headers);
                    request
                };
                prover
                    .send(what, endpoint, Some(access_token), request)
                    .await
            }
            None => self.provider.http().get_with(what, endpoint, headers).await,
        };
        answer.map_err(|error| UserInfoError::NoAnswer(with_causes(&error)))
    }

    async fn claims(&self, answer: HttpResponse) -> Result<Map<String, Value>, UserInfoError> {
        if answer.status() != StatusCode::OK {
            let status = answer.status().as_u16();
            return Err(no_answer(format!("it responded with status {status}")));
        }
        let media_type = media_type(answer.headers());
        let body = answer.into_body();
        match media_type.as_deref() {
            Some("application/jwt") => {
                let (provider, metadata) = (self.provider, self.metadata);
                Ok(signed_user_info::claims(&body, provider, metadata, self.client_id).await?)
            }
            Some("application/json") | None => serde_json::from_slice(&body)
                .map_err(|_| no_answer("its response is not a JSON object")),
            Some(_) => Err(no_answer("its response is neither JSON nor a signed JWT")),
        }
    }
}

fn no_answer(reason: impl Into<String>) -> UserInfoError {
    UserInfoError::NoAnswer(reason.into())
}

fn headers(access_token: &str, bound: bool) -> Result<HeaderMap, UserInfoError> {
    let authorization = authorization(access_token, bound).map_err(|_| {
        no_answer("the access token contains characters that are not allowed in a header")
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([
        (header::AUTHORIZATION, authorization),
        (header::ACCEPT, json),
    ]))
}

/// Without parameters, such as `charset`.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}
