//! Userinfo (OpenID Connect Core §5.3): as JSON, or signed.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use openidconnect::{
    AccessToken, ClientId, HttpResponse, SubjectIdentifier, UserInfoJsonWebToken, UserInfoUrl,
    UserInfoVerifier,
    core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};

use super::{
    Metadata, OtherClaims, UserInfo,
    received::{Received, leave_out_unreadable},
};
use crate::{
    causes::with_causes,
    outbound::{HttpClient, HttpError},
    store::Source,
};

/// Why there is nothing of userinfo.
pub(super) enum UserInfoError {
    /// It gave no answer that can be read.
    NoAnswer(String),
    /// It is about somebody else, or its signature does not hold.
    Refused(Source),
}

/// What userinfo answered, not yet verified.
pub(super) enum Answer {
    Json(Map<String, Value>),
    Signed(String),
}

type SignedUserInfo = UserInfoJsonWebToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

pub(super) async fn ask(
    http: &HttpClient,
    endpoint: &UserInfoUrl,
    access_token: &AccessToken,
) -> Result<Answer, UserInfoError> {
    let answer = http
        .get_with(endpoint.url(), headers(access_token)?)
        .await
        .map_err(|error| UserInfoError::NoAnswer(with_causes(&error)))?;
    Answer::parse(answer).map_err(UserInfoError::NoAnswer)
}

fn headers(access_token: &AccessToken) -> Result<HeaderMap, UserInfoError> {
    let bearer = format!("Bearer {}", access_token.secret());
    let mut bearer = HeaderValue::try_from(bearer)
        .map_err(|_| UserInfoError::NoAnswer("the access token fits into no header".to_owned()))?;
    bearer.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([
        (header::AUTHORIZATION, bearer),
        (header::ACCEPT, json),
    ]))
}

impl Answer {
    fn parse(answer: HttpResponse) -> Result<Self, String> {
        if answer.status() != StatusCode::OK {
            return Err(format!(
                "it answered with status {}",
                answer.status().as_u16()
            ));
        }
        let media_type = media_type(answer.headers());
        let body = answer.into_body();
        match media_type.as_deref() {
            Some("application/jwt") => String::from_utf8(body)
                .map(Self::Signed)
                .map_err(|_| "its token is not UTF-8".to_owned()),
            Some("application/json") | None => serde_json::from_slice(&body)
                .map(Self::Json)
                .map_err(|_| "its answer is not a JSON object".to_owned()),
            Some(_) => Err("its answer is neither JSON nor a signed token".to_owned()),
        }
    }

    /// Userinfo of somebody else is refused (OpenID Connect Core §5.3.2).
    pub(super) fn read(
        self,
        metadata: &Metadata,
        client_id: &str,
        subject: &SubjectIdentifier,
    ) -> Result<(UserInfo, Vec<String>), UserInfoError> {
        let refused = |error: Source| UserInfoError::Refused(error);
        match self {
            Self::Json(mut claims) => {
                let left_out = leave_out_unreadable(&mut claims);
                let json = Value::Object(claims).to_string();
                let user_info = UserInfo::from_json::<HttpError>(json.as_bytes(), Some(subject))
                    .map_err(|error| refused(error.into()))?;
                Ok((user_info, left_out))
            }
            Self::Signed(jwt) => {
                let received: Received<SignedUserInfo> =
                    Received::read(&jwt).map_err(|error| refused(error.into()))?;
                let verifier = UserInfoVerifier::new(
                    ClientId::new(client_id.to_owned()),
                    metadata.issuer().clone(),
                    received.keys(metadata.jwks()),
                    Some(subject.clone()),
                );
                let user_info = received
                    .token
                    .claims(&verifier)
                    .map_err(|error| refused(error.into()))?;
                Ok((user_info, received.left_out))
            }
        }
    }
}

/// Without parameters, such as `charset`.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}
