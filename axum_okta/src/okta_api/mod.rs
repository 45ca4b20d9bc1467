//! Okta's management API, called with an API token. It says which groups a user is in when the
//! claims don't.
//!
//! The token can read the whole org, so it is sent to the org's origin only: neither redirects nor
//! links to another origin are followed.

mod link;
mod rate_limit;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, fmt, time::Duration};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use openidconnect::HttpResponse;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use crate::{
    outbound::{HttpClient, HttpError},
    telemetry::{self, ProviderRequest},
};

/// Why Okta's management API did not say what it was asked. `call` is the request, such as `GET
/// /api/v1/users/me`. Okta's own [error codes](https://developer.okta.com/docs/reference/error-codes/).
#[derive(Debug, thiserror::Error)]
pub(crate) enum OktaApiError {
    /// The issuer is not a URL that an API could be at.
    #[error(
        "the issuer `{0}` is not a web address, so Okta's API can't be called. Check the issuer URI"
    )]
    Issuer(String),
    /// The token is empty or contains characters that are not allowed in a header.
    #[error(
        "the API token is empty or contains invalid characters. Copy it again from Okta, without line breaks"
    )]
    MalformedToken,
    /// No token is stored.
    #[error(
        "no API token is stored. Create one in Okta under Security → API → Tokens, and paste it on the settings page"
    )]
    NoToken,
    /// The request failed.
    #[error("Okta's API didn't respond. Check that this server can reach your Okta org")]
    Http(#[from] HttpError),
    /// Okta rejected the token (401, E0000011).
    #[error(
        "Okta rejected the API token ({call}). It is mistyped or revoked, was not used for 30 days, or its owner was \
         deactivated. Create a new one in Okta: Security → API → Tokens"
    )]
    TokenRefused {
        /// The request.
        call: &'static str,
    },
    /// The token is valid, but its owner lacks the permission (403, E0000006).
    #[error(
        "the API token's owner isn't allowed to read this in Okta ({call}). Give that admin a role that can read users \
         and groups, such as Read-only Administrator"
    )]
    Forbidden {
        /// The request.
        call: &'static str,
    },
    /// No user has this ID (404, E0000007).
    #[error(
        "Okta has no user `{user}` ({call}). Check that the API token was created in the org that people sign in to"
    )]
    UnknownUser {
        /// The request.
        call: &'static str,
        /// The user's ID.
        user: String,
    },
    /// Too many requests (429, E0000047).
    #[error(
        "Okta's rate limit is exceeded ({call}). Try again {}. If this happens often, see Reports → Rate Limits in Okta",
        seconds.map_or("later".to_owned(), |seconds| format!("in {seconds} s"))
    )]
    RateLimited {
        /// The request.
        call: &'static str,
        /// When to try again, if Okta said so.
        seconds: Option<u64>,
    },
    /// A status other than 200.
    #[error(
        "Okta responded to {call} with status {status}{}{}. Check the issuer URI, and Okta's status at \
         https://status.okta.com",
        code.as_deref().map(|code| format!(" and code {code}")).unwrap_or_default(),
        summary.as_deref().map(|summary| format!(" ({summary})")).unwrap_or_default()
    )]
    Status {
        /// The request.
        call: &'static str,
        /// The response's status.
        status: u16,
        /// Okta's `errorCode`.
        code: Option<String>,
        /// Okta's `errorSummary`, shortened.
        summary: Option<String>,
    },
    /// The response is not what Okta's API sends.
    #[error(
        "the response to {call} isn't from Okta's API ({reason}). Check that the issuer URI belongs to an Okta org"
    )]
    NotUnderstood {
        /// The request.
        call: &'static str,
        /// Why it could not be parsed.
        reason: String,
    },
    /// The next page is at another origin. No request was sent there.
    #[error(
        "the next page of {call} is at {origin}, and the API token isn't sent there. If that is your org's own domain, \
         use it in the issuer URI and connect again"
    )]
    Elsewhere {
        /// The request.
        call: &'static str,
        /// The origin of the next page.
        origin: String,
    },
    /// The next page has already been read.
    #[error("the pages of {call} repeat. Try again. If it keeps happening, contact Okta support")]
    Loop {
        /// The request.
        call: &'static str,
    },
    /// The last page didn't arrive in time.
    #[error(
        "{call} didn't finish within {limit:?}. Try again, and check Okta's status at https://status.okta.com"
    )]
    TooSlow {
        /// The request.
        call: &'static str,
        /// How long we waited.
        limit: Duration,
    },
}

const TOKEN_OWNER: &str = "GET /api/v1/users/me";
const USER: &str = "GET /api/v1/users/{user}";
const ANY_GROUPS: &str = "GET /api/v1/groups";
const GROUPS: &str = "GET /api/v1/users/{user}/groups";

/// What Okta recommends for groups. Larger pages may time out.
const PAGE_SIZE: &str = "200";

/// Somebody is waiting to be signed in, and proxies commonly give up after a minute.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Okta counts by the minute. Who came just before its end is spared an error; nobody waits for
/// most of a minute.
const LONGEST_WAIT_SECONDS: u64 = 10;

/// How much of Okta's own text a message quotes.
const MAX_QUOTED_CHARACTERS: usize = 200;

#[derive(Clone)]
pub(crate) struct OktaApi {
    org: Url,
    token: SecretString,
    headers: HeaderMap,
    http: HttpClient,
    time_limit: Duration,
}

impl OktaApi {
    /// `issuer` is the connection's issuer; the API is at its origin, whichever authorization
    /// server it is.
    pub(crate) fn new(
        issuer: &str,
        token: SecretString,
        http: HttpClient,
    ) -> Result<Self, OktaApiError> {
        let org = Url::parse(issuer)
            .and_then(|issuer| issuer.join("/"))
            .map_err(|_| OktaApiError::Issuer(issuer.to_owned()))?;
        if token.expose_secret().is_empty() {
            return Err(OktaApiError::MalformedToken);
        }
        let mut authorization = HeaderValue::try_from(format!("SSWS {}", token.expose_secret()))
            .map_err(|_| OktaApiError::MalformedToken)?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, authorization),
            (header::ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        Ok(Self {
            org,
            token,
            headers,
            http,
            time_limit: TIME_LIMIT,
        })
    }

    /// Whose token it is, and so whether Okta accepts it. What else its owner may read is not known
    /// by this.
    pub(crate) async fn token_owner(&self) -> Result<String, OktaApiError> {
        let answer = self.ask(TOKEN_OWNER, &self.users(&["me"])).await?;
        let owner: User = self.understood(TOKEN_OWNER, &answer)?;
        Ok(owner.profile.login)
    }

    /// Whether the token's owner may read the org's groups.
    pub(crate) async fn may_read_groups(&self) -> Result<(), OktaApiError> {
        let mut url = self.org.clone();
        url.set_path("/api/v1/groups");
        url.query_pairs_mut().append_pair("limit", "1");
        self.ask(ANY_GROUPS, &url).await.map(drop)
    }

    /// Whether the user may sign in: neither deactivated nor suspended.
    pub(crate) async fn is_active(&self, user: &str) -> Result<bool, OktaApiError> {
        let unknown = || OktaApiError::UnknownUser {
            call: USER,
            user: self.quoted(user),
        };
        if !is_one_user(user) {
            return Err(unknown());
        }
        match self.ask(USER, &self.users(&[user])).await {
            Err(OktaApiError::Status { status: 404, .. }) => Err(unknown()),
            answer => {
                let user: UserStatus = self.understood(USER, &answer?)?;
                Ok(!matches!(&*user.status, "DEPROVISIONED" | "SUSPENDED"))
            }
        }
    }

    /// The names of all groups of a user, in Okta's order.
    pub(crate) async fn groups_of(&self, user: &str) -> Result<Vec<String>, OktaApiError> {
        let unknown = || OktaApiError::UnknownUser {
            call: GROUPS,
            user: self.quoted(user),
        };
        if !is_one_user(user) {
            return Err(unknown());
        }
        let mut first = self.users(&[user, "groups"]);
        first.query_pairs_mut().append_pair("limit", PAGE_SIZE);

        let reading = tokio::time::timeout(self.time_limit, self.group_names(first));
        match reading.await {
            Ok(Err(OktaApiError::Status { status: 404, .. })) => Err(unknown()),
            Ok(names) => names,
            Err(_) => Err(OktaApiError::TooSlow {
                call: GROUPS,
                limit: self.time_limit,
            }),
        }
    }

    async fn group_names(&self, first: Url) -> Result<Vec<String>, OktaApiError> {
        let mut names = Vec::new();
        let mut followed = HashSet::new();
        let mut waited = false;
        let mut next = Some(first);
        while let Some(url) = next {
            if followed.contains(&url) {
                return Err(OktaApiError::Loop { call: GROUPS });
            }
            let answer = self.page(&url, &mut waited).await?;
            let groups: Vec<Group> = self.understood(GROUPS, &answer)?;
            names.extend(groups.into_iter().map(|group| group.profile.name));
            next = self.next_page(&url, answer.headers())?;
            followed.insert(url);
        }
        Ok(names)
    }

    /// If the rate limit resets soon, waits for that, but only once.
    async fn page(&self, url: &Url, waited: &mut bool) -> Result<HttpResponse, OktaApiError> {
        match self.ask(GROUPS, url).await {
            Err(OktaApiError::RateLimited {
                seconds: Some(seconds),
                ..
            }) if seconds <= LONGEST_WAIT_SECONDS && !*waited => {
                *waited = true;
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                self.ask(GROUPS, url).await
            }
            answer => answer,
        }
    }

    fn next_page(&self, page: &Url, headers: &HeaderMap) -> Result<Option<Url>, OktaApiError> {
        let not_understood = |reason: String| OktaApiError::NotUnderstood {
            call: GROUPS,
            reason: self.quoted(&reason),
        };
        let link = link::next(headers).map_err(|error| not_understood(error.to_string()))?;
        let Some(target) = link else {
            return Ok(None);
        };
        let next = page.join(&target).map_err(|error| {
            not_understood(format!("the address of the next page is invalid: {error}"))
        })?;
        if next.origin() != self.org.origin() {
            return Err(OktaApiError::Elsewhere {
                call: GROUPS,
                origin: self.quoted(&next.origin().ascii_serialization()),
            });
        }
        Ok(Some(next))
    }

    async fn ask(&self, call: &'static str, url: &Url) -> Result<HttpResponse, OktaApiError> {
        let headers = self.headers.clone();
        let answer = self.http.get_with(ProviderRequest::Api, url, headers);
        let answer = answer.await?;
        if let Some(requests) = rate_limit::requests_left(answer.headers()) {
            telemetry::api_requests_left(requests);
        }
        if answer.status() == StatusCode::OK {
            Ok(answer)
        } else {
            Err(self.refusal(call, &answer))
        }
    }

    fn refusal(&self, call: &'static str, answer: &HttpResponse) -> OktaApiError {
        // A proxy on the way has no words of Okta's.
        let said: Refusal = serde_json::from_slice(answer.body()).unwrap_or_default();
        match (answer.status().as_u16(), said.error_code.as_deref()) {
            (401, _) | (_, Some("E0000011")) => OktaApiError::TokenRefused { call },
            (403, _) | (_, Some("E0000006")) => OktaApiError::Forbidden { call },
            (429, _) | (_, Some("E0000047")) => OktaApiError::RateLimited {
                call,
                seconds: rate_limit::seconds_left(answer.headers(), chrono::Utc::now()),
            },
            (status, _) => OktaApiError::Status {
                call,
                status,
                code: said.error_code.map(|code| self.quoted(&code)),
                summary: said.error_summary.map(|summary| self.quoted(&summary)),
            },
        }
    }

    fn understood<T: DeserializeOwned>(
        &self,
        call: &'static str,
        answer: &HttpResponse,
    ) -> Result<T, OktaApiError> {
        serde_json::from_slice(answer.body()).map_err(|error| OktaApiError::NotUnderstood {
            call,
            reason: self.quoted(&error.to_string()),
        })
    }

    fn users(&self, below: &[&str]) -> Url {
        let mut url = self.org.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(["api", "v1", "users"]).extend(below);
        }
        url
    }

    /// Somebody else's words, fit for a message: short, on one line, and not if they repeat the
    /// token.
    fn quoted(&self, words: &str) -> String {
        let token = self.token.expose_secret().to_ascii_lowercase();
        if words.to_ascii_lowercase().contains(&token) {
            return "[withheld because it contains the API token]".to_owned();
        }
        words
            .chars()
            .filter(|character| !character.is_control())
            .take(MAX_QUOTED_CHARACTERS)
            .collect()
    }
}

impl fmt::Debug for OktaApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaApi")
            .field("org", &self.org.as_str())
            .finish_non_exhaustive()
    }
}

/// Whether this stays one segment of a URL's path, and the one it is: `url` leaves out dots and
/// line breaks. To Okta `me` is the token's owner, whose groups nobody else may be given.
fn is_one_user(user: &str) -> bool {
    !matches!(user, "" | "." | "..")
        && !user.eq_ignore_ascii_case("me")
        && !user.chars().any(char::is_control)
}

#[derive(Deserialize)]
struct User {
    profile: UserProfile,
}

#[derive(Deserialize)]
struct UserStatus {
    status: String,
}

#[derive(Deserialize)]
struct UserProfile {
    login: String,
}

#[derive(Deserialize)]
struct Group {
    profile: GroupProfile,
}

#[derive(Deserialize)]
struct GroupProfile {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    error_code: Option<String>,
    error_summary: Option<String>,
}
