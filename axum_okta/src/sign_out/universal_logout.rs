//! `POST /global-token-revocation`: Okta's Universal Logout, which ends everything of one person's
//! (draft-parecki-oauth-global-token-revocation). Okta authenticates with a JWT that its org signs:
//! <https://developer.okta.com/docs/guides/oin-universal-logout-overview/>

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use okta_types::SignOutAddress;
use serde::Deserialize;

use super::{
    by_okta::{closed, end, problem, refuse, too_many},
    signed_call::{CallError, Kind, SignedCall},
};
use crate::{
    causes::with_causes,
    connection::Connection,
    http::{bearer::bearer, client_address::ClientAddress},
    okta::Okta,
    services::Services,
    store::{StoreError, Whose},
};

const ADDRESS: SignOutAddress = SignOutAddress::UniversalLogout;

const REVOCATION: Kind = Kind {
    types: &["global-token-revocation+jwt"],
    may_lack_type: false,
};

pub(super) async fn revoke(
    State(okta): State<Okta>,
    ClientAddress(client): ClientAddress,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(services) = okta.services() else {
        return closed();
    };
    let request = Request {
        services,
        client,
        audience: okta.at(&okta.shared().paths.universal_logout).to_string(),
    };
    match request.answer(&headers, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        // Okta signed it, and there is nothing to end.
        Err(Refusal::UnknownPerson) => Refusal::UnknownPerson.into_response(),
        Err(refusal) => {
            let reason = with_causes(&refusal);
            refuse(services, ADDRESS, client, &reason, refusal.into_response()).await
        }
    }
}

struct Request<'s> {
    services: &'s Arc<Services>,
    client: Option<IpAddr>,
    /// This address, as it is pasted into Okta.
    audience: String,
}

#[derive(Deserialize)]
struct Body {
    sub_id: SubjectId,
}

/// Of the formats of RFC 9493 §3.2 those that Okta sends, and the draft's `opaque`.
#[derive(Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
enum SubjectId {
    Email { email: String },
    IssSub { iss: String, sub: String },
    Opaque { id: String },
}

impl Request<'_> {
    /// Who calls is known before anything of what they say is read.
    async fn answer(
        self,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<(), Refusal> {
        let body = body.map_err(|rejection| Refusal::Unreadable(rejection.status()))?;
        let token = headers.get(header::AUTHORIZATION).and_then(bearer);
        let token = token.and_then(|token| str::from_utf8(token).ok());
        let token = token.ok_or(CallError::NoToken)?;
        let audience = Some(self.audience.as_str());
        let call = SignedCall::verified(self.services, token, &REVOCATION, audience).await?;
        if call.connections.is_empty() {
            return Err(Refusal::OtherClient);
        }
        call.use_once(self.services).await?;
        let sub_id = serde_json::from_slice::<Body>(&body)
            .map_err(|_| Refusal::Malformed)?
            .sub_id;
        let whom = sub_id.name().to_owned();
        let mut ended = 0;
        for connection in &call.connections {
            let whose = vec![sub_id.of(connection)?];
            let ending = end(self.services, ADDRESS, self.client, whose, &whom).await;
            ended += ending.map_err(Refusal::CannotEnd)?;
        }
        match ended {
            0 => Err(Refusal::UnknownPerson),
            _ => Ok(()),
        }
    }
}

impl SubjectId {
    fn name(&self) -> &str {
        match self {
            Self::Email { email: name }
            | Self::IssSub { sub: name, .. }
            | Self::Opaque { id: name } => name,
        }
    }

    /// Whose sessions these are: of people who signed in through this connection, and nobody else's.
    /// Okta names its org as the issuer, also where people sign in through one of its authorization
    /// servers, which know people by the same subject.
    fn of(&self, connection: &Connection) -> Result<Whose, Refusal> {
        if self.name().is_empty() {
            return Err(Refusal::Malformed);
        }
        let issuer = connection.issuer().to_owned();
        match self {
            Self::Email { email } => {
                let email = email.clone();
                Ok(Whose::Email { issuer, email })
            }
            Self::IssSub { iss, .. } if connection.signer(iss).is_none() => {
                Err(Refusal::OtherIssuer)
            }
            Self::IssSub { sub: subject, .. } | Self::Opaque { id: subject } => {
                let subject = subject.clone();
                Ok(Whose::Person { issuer, subject })
            }
        }
    }
}

/// Why nothing ended.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the request can't be read ({0})")]
    Unreadable(StatusCode),
    #[error("the request names nobody in a way that this app knows (`sub_id`)")]
    Malformed,
    #[error("its token is another client's (`sub`)")]
    OtherClient,
    #[error("it is about somebody of another issuer (`sub_id`)")]
    OtherIssuer,
    #[error("nobody of that name has a session here")]
    UnknownPerson,
    #[error("the sessions couldn't be deleted yet")]
    CannotEnd(#[source] StoreError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Call(CallError::Store(_)) => closed(),
            Self::Call(CallError::TooMany) => too_many(),
            Self::Call(_) => {
                let description = "The token doesn't count. The app's settings page says why.";
                let mut response = problem(StatusCode::UNAUTHORIZED, "invalid_token", description);
                response.headers_mut().insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer error=\"invalid_token\""),
                );
                response
            }
            Self::Unreadable(status) => {
                problem(status, "invalid_request", "The request can't be read.")
            }
            Self::Malformed => problem(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "`sub_id` must name a person by email, iss_sub, or opaque.",
            ),
            Self::OtherClient | Self::OtherIssuer => problem(
                StatusCode::FORBIDDEN,
                "access_denied",
                "This token isn't allowed to end this person's sessions.",
            ),
            Self::UnknownPerson => problem(
                StatusCode::NOT_FOUND,
                "not_found",
                "This person has no session in this app.",
            ),
            Self::CannotEnd(_) => problem(
                StatusCode::UNPROCESSABLE_ENTITY,
                "cannot_revoke",
                "This app couldn't end the sessions yet. It keeps trying.",
            ),
        }
    }
}
