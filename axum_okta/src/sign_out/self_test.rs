//! Whether the addresses at which Okta ends sessions can be reached: this app calls itself there, as
//! Okta would, without the signature that only Okta can make.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use okta_types::SignOutAddress;
use openidconnect::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::front_channel;
use crate::{
    connection::Connection,
    okta::Okta,
    outbound::{HttpClient, HttpError},
};

/// `{"alg":"none"}` and no claims.
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0.e30.";

#[derive(Debug, thiserror::Error)]
pub(crate) enum SelfTestError {
    #[error("it can't be reached")]
    Unreachable(#[from] HttpError),
    #[error("it responded with status {found} instead of {expected}")]
    Status {
        found: StatusCode,
        expected: StatusCode,
    },
    #[error("its page can't be shown in a frame of Okta's (the header {0})")]
    Frame(&'static str),
}

/// The address has to refuse the call.
pub(crate) async fn self_test(
    okta: &Okta,
    http: &HttpClient,
    connection: &Connection,
    address: SignOutAddress,
) -> Result<(), SelfTestError> {
    let paths = &okta.shared().paths;
    let (path, request, expected) = match address {
        SignOutAddress::FrontChannel => (
            &paths.front_channel_logout,
            HttpRequest::default(),
            StatusCode::BAD_REQUEST,
        ),
        SignOutAddress::BackChannel => (
            &paths.back_channel_logout,
            unsigned_logout_token(),
            StatusCode::BAD_REQUEST,
        ),
        _ => (
            &paths.universal_logout,
            unsigned_revocation(),
            StatusCode::UNAUTHORIZED,
        ),
    };
    let mut url = okta.at(path);
    if address == SignOutAddress::FrontChannel {
        url.query_pairs_mut()
            .append_pair("iss", connection.issuer());
    }
    let answer = http.send_to(&url, request).await?;
    if answer.status() != expected {
        let found = answer.status();
        return Err(SelfTestError::Status { found, expected });
    }
    if address == SignOutAddress::FrontChannel {
        check_frame(&answer, connection)?;
    }
    Ok(())
}

fn unsigned_logout_token() -> HttpRequest {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("logout_token", UNSIGNED)
        .finish();
    post("application/x-www-form-urlencoded", form)
}

fn unsigned_revocation() -> HttpRequest {
    let mut request = post("application/json", "{}".to_owned());
    if let Ok(token) = HeaderValue::from_str(&format!("Bearer {UNSIGNED}")) {
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    request
}

fn post(content_type: &'static str, body: String) -> HttpRequest {
    let mut request = HttpRequest::new(body.into_bytes());
    *request.method_mut() = Method::POST;
    let content_type = HeaderValue::from_static(content_type);
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    request
}

/// A proxy, or the app, may add headers of its own to every page.
fn check_frame(answer: &HttpResponse, connection: &Connection) -> Result<(), SelfTestError> {
    let headers: &HeaderMap = answer.headers();
    if headers.contains_key(header::X_FRAME_OPTIONS) {
        return Err(SelfTestError::Frame("X-Frame-Options"));
    }
    let origin = front_channel::origin(connection.issuer()).unwrap_or_default();
    let may_frame = |policy: &HeaderValue| {
        let directives = policy.to_str().unwrap_or_default().split(';');
        let mut ancestors =
            directives.filter_map(|directive| directive.trim().strip_prefix("frame-ancestors "));
        ancestors.all(|ancestors| ancestors.split(' ').any(|ancestor| ancestor == origin))
    };
    let mut policies = headers.get_all(header::CONTENT_SECURITY_POLICY).iter();
    if policies.all(may_frame) {
        Ok(())
    } else {
        Err(SelfTestError::Frame("Content-Security-Policy"))
    }
}
