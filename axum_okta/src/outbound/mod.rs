//! The only way out: every request to an issuer or to Okta's API goes through here.

mod address;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, StatusCode};
use openidconnect::{HttpRequest, HttpResponse};
use url::{Host, Url};

pub(crate) use address::AddressPolicy;
use address::AllowedAddresses;

use crate::telemetry::{self, Outcome, ProviderRequest};

/// Why a request to the issuer failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// Not https.
    #[error("{0} is not https")]
    NotHttps(String),
    /// An address that issuers can't have.
    #[error(
        "{host} is not a public address. This server connects to public addresses only, unless its operator allows \
         others"
    )]
    NotPublic {
        /// The host.
        host: String,
    },
    /// No response in time.
    #[error("{host} didn't respond within {timeout:?}")]
    Timeout {
        /// The host.
        host: String,
        /// How long we waited.
        timeout: Duration,
    },
    /// No connection.
    #[error("{host} can't be reached ({reason})")]
    Unreachable {
        /// The host.
        host: String,
        /// The innermost reason.
        reason: String,
    },
    /// The host responds over plain http.
    #[error("{host} responds over http, not https")]
    NotTls {
        /// The host.
        host: String,
    },
    /// A server error. The body doesn't count, whatever it says.
    #[error("{host} responded with status {status}")]
    ServerError {
        /// The host.
        host: String,
        /// 500 and above, or 429.
        status: u16,
    },
    /// The response is larger than any OpenID provider's.
    #[error("{host} sent more than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The connection broke while the response was read.
    #[error("the response from {host} was cut off ({reason})")]
    Broken {
        /// The host.
        host: String,
        /// The innermost reason.
        reason: String,
    },
}

/// Discovery documents and key sets have a few kilobytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How rustls describes a response that is not TLS, such as plain http.
const NOT_TLS: &str = "InvalidContentType";

/// Follows no redirects, has a time limit, and reads at most one mebibyte.
#[derive(Clone)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
    timeout: Duration,
    policy: AddressPolicy,
}

impl HttpClient {
    /// Trusts the web's certificate authorities, those of this machine, and `more_roots`.
    pub(crate) fn new(
        policy: AddressPolicy,
        timeout: Duration,
        more_roots: &[reqwest::Certificate],
    ) -> Result<Self, reqwest::Error> {
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .dns_resolver(Arc::new(AllowedAddresses(Arc::new(policy))))
            .user_agent(concat!("axum_okta/", env!("CARGO_PKG_VERSION")));
        for root in more_roots {
            client = client.add_root_certificate(root.clone());
        }
        Ok(Self {
            client: client.build()?,
            timeout,
            policy,
        })
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Refuses URLs that may not be requested: anything but https (http on loopback, if the
    /// operator allows it), and addresses that issuers can't have. Names are checked again when
    /// they are resolved.
    pub(crate) fn check(&self, url: &Url) -> Result<(), HttpError> {
        let plain = url.scheme() == "http" && self.policy.loopback && is_loopback(url);
        if url.scheme() != "https" && !plain {
            return Err(HttpError::NotHttps(url.to_string()));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            Some(Host::Domain(_)) | None => None,
        };
        match address {
            Some(address) if !self.policy.allows(address) => Err(HttpError::NotPublic {
                host: host_and_port(url),
            }),
            _ => Ok(()),
        }
    }

    pub(crate) async fn get(
        &self,
        what: ProviderRequest,
        url: &Url,
    ) -> Result<HttpResponse, HttpError> {
        self.get_with(what, url, HeaderMap::new()).await
    }

    pub(crate) async fn get_with(
        &self,
        what: ProviderRequest,
        url: &Url,
        headers: HeaderMap,
    ) -> Result<HttpResponse, HttpError> {
        let mut request = HttpRequest::new(Vec::new());
        *request.headers_mut() = headers;
        self.measured(what, to(url, request)?).await
    }

    /// Sends a request to an endpoint of the issuer's.
    pub(crate) async fn send_as(
        &self,
        what: ProviderRequest,
        url: &Url,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        self.measured(what, to(url, request)?).await
    }

    /// Sends a request to an address of this app.
    pub(crate) async fn send_to(
        &self,
        url: &Url,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        self.send(to(url, request)?).await
    }

    async fn measured(
        &self,
        what: ProviderRequest,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let since = Instant::now();
        let answer = self.send(request).await;
        let outcome = match &answer {
            Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => Outcome::RateLimited,
            Ok(answer) if !answer.status().is_server_error() => Outcome::Responded,
            Ok(_) | Err(_) => Outcome::Failed,
        };
        telemetry::provider_request(what, outcome, since.elapsed());
        answer
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = request.uri().to_string();
        let url = Url::parse(&url).map_err(|_| HttpError::NotHttps(url))?;
        self.check(&url)?;
        let host = host_and_port(&url);

        let request = reqwest::Request::try_from(request).map_err(|error| broken(&host, &error))?;
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| self.not_reached(&host, &error))?;

        let mut answer = http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.extend(response.headers().clone());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.not_reached(&host, &error))?
        {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(HttpError::TooLarge {
                    host,
                    limit: MAX_BODY_BYTES,
                });
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(|error| broken(&host, &error))
    }

    fn not_reached(&self, host: &str, error: &reqwest::Error) -> HttpError {
        let host = host.to_owned();
        if error.is_timeout() {
            HttpError::Timeout {
                host,
                timeout: self.timeout,
            }
        } else if error.is_connect() {
            match root_cause(error) {
                reason if reason.contains(NOT_TLS) => HttpError::NotTls { host },
                reason => HttpError::Unreachable { host, reason },
            }
        } else {
            HttpError::Broken {
                host,
                reason: root_cause(error),
            }
        }
    }
}

fn to(url: &Url, mut request: HttpRequest) -> Result<HttpRequest, HttpError> {
    let uri = url.as_str().parse();
    *request.uri_mut() = uri.map_err(|_| HttpError::NotHttps(url.to_string()))?;
    Ok(request)
}

/// The answer, unless it says that the server fails, whatever its body says.
pub(crate) fn unless_it_failed(url: &Url, answer: HttpResponse) -> Result<HttpResponse, HttpError> {
    let status = answer.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(HttpError::ServerError {
            host: host_and_port(url),
            status: status.as_u16(),
        });
    }
    Ok(answer)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn broken(host: &str, error: &(dyn std::error::Error + 'static)) -> HttpError {
    HttpError::Broken {
        host: host.to_owned(),
        reason: root_cause(error),
    }
}

/// The innermost reason, such as `Connection refused`: the outer ones repeat the URL, query and
/// all.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
