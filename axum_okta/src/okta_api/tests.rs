//! Against a server on loopback that plays Okta's API, right or wrong.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::Request,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderName, Uri};
use serde_json::{Value, json};

use super::*;
use crate::outbound::AddressPolicy;

const TOKEN: &str = "00aVerySecretApiToken";

/// An org that keeps every request, and the client that asks it.
struct Org {
    url: String,
    asked: Arc<Mutex<Vec<Request>>>,
    api: OktaApi,
}

impl Org {
    /// `answer` is given what is asked for and how often anything was asked before.
    async fn start<R: IntoResponse>(
        answer: impl Fn(&Uri, usize) -> R + Clone + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let router = Router::new().fallback(async move |request: Request| {
            let mut log = log.lock().unwrap();
            let answer = answer(request.uri(), log.len()).into_response();
            log.push(request);
            answer
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let api = api(&format!("{url}/oauth2/default"), TOKEN).unwrap();
        Self { url, asked, api }
    }

    async fn groups(&self) -> Result<Vec<String>, OktaApiError> {
        self.api.groups_of("00u1ada").await
    }

    fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn api(issuer: &str, token: &str) -> Result<OktaApi, OktaApiError> {
    let policy = AddressPolicy {
        loopback: true,
        private: false,
    };
    let http = HttpClient::new(policy, Duration::from_secs(10), &[]).unwrap();
    OktaApi::new(issuer, token.into(), http)
}

fn names(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("Group {number}")).collect()
}

fn page(names: &[String]) -> Json<Value> {
    let group = |name: &String| json!({ "id": "00g1", "type": "OKTA_GROUP", "profile": { "name": name, "description": null } });
    Json(names.iter().map(group).collect())
}

fn link(target: &str, relation: &str) -> (HeaderName, String) {
    (header::LINK, format!(r#"<{target}>; rel="{relation}""#))
}

/// Pages of 200 as Okta sends them: `self` and `next` in a line each.
fn paged(all: &[String], uri: &Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let after = url::form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "after").then(|| value.parse().unwrap()));
    let start: usize = after.unwrap_or(0);
    let end = all.len().min(start + 200);
    let mut answer = page(&all[start..end]).into_response();
    let mut append = |(name, value): (HeaderName, String)| {
        answer.headers_mut().append(name, value.parse().unwrap());
    };
    append(link(&format!("{uri}"), "self"));
    if end < all.len() {
        append(link(
            &format!("{}?after={end}&limit=200", uri.path()),
            "next",
        ));
    }
    answer
}

fn error(status: u16, code: &str, summary: &str) -> Response {
    let body = json!({ "errorCode": code, "errorSummary": summary, "errorId": "oae1" });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn too_many(headers: &[(&'static str, u64)]) -> Response {
    let mut answer = error(429, "E0000047", "API call exceeded rate limit");
    for (name, value) in headers {
        answer.headers_mut().insert(*name, (*value).into());
    }
    answer
}

fn in_seconds(seconds: u64) -> u64 {
    u64::try_from(chrono::Utc::now().timestamp()).unwrap() + seconds
}

#[tokio::test]
async fn the_tokens_owner_is_named() {
    let org = Org::start(|_, _| Json(json!({ "profile": { "login": "admin@example.com" } }))).await;
    assert_eq!(org.api.token_owner().await.unwrap(), "admin@example.com");

    assert!(org.api.headers[header::AUTHORIZATION].is_sensitive());
    let asked = org.asked.lock().unwrap().pop().unwrap();
    assert_eq!(asked.uri(), "/api/v1/users/me");
    assert_eq!(asked.headers()["authorization"], format!("SSWS {TOKEN}"));
    assert_eq!(asked.headers()["accept"], "application/json");
}

#[tokio::test]
async fn all_groups_are_read_in_order_however_many() {
    for (count, pages) in [(0, 1), (1, 1), (200, 1), (250, 2), (10_000, 50)] {
        let org = Org::start(move |uri, _| paged(&names(0..count), uri)).await;
        assert_eq!(org.groups().await.unwrap(), names(0..count));
        assert_eq!(org.times_asked(), pages);
        assert_eq!(
            org.asked.lock().unwrap()[0].uri(),
            "/api/v1/users/00u1ada/groups?limit=200"
        );
    }
}

#[tokio::test]
async fn a_link_may_be_relative_and_a_cursor_anything() {
    let cursor = "?after=a,b;c%2C|==&limit=200";
    let org = Org::start(move |uri, _| {
        if uri.query() == Some(&cursor[1..]) {
            page(&names(1..2)).into_response()
        } else {
            ([link(cursor, "next")], page(&names(0..1))).into_response()
        }
    })
    .await;
    assert_eq!(org.groups().await.unwrap(), names(0..2));
}

#[tokio::test]
async fn the_token_goes_to_no_other_origin() {
    let other = Org::start(|_, _| page(&[])).await;
    let elsewhere = [
        other.url.clone(),
        other.url.replace("http://127.0.0.1", "//localhost"),
        "https://example.com/api".to_owned(),
    ];
    for target in elsewhere {
        let org = Org::start(move |_, _| ([link(&target, "next")], page(&[]))).await;
        let refused = org.groups().await.unwrap_err();
        assert!(matches!(refused, OktaApiError::Elsewhere { .. }));
    }
    let location = [(header::LOCATION, other.url.clone())];
    let org = Org::start(move |_, _| (StatusCode::FOUND, location.clone())).await;
    let refused = org.groups().await.unwrap_err();
    assert!(matches!(refused, OktaApiError::Status { status: 302, .. }));
    assert_eq!(other.times_asked(), 0);
}

#[tokio::test]
async fn pages_that_go_round_in_a_circle_are_left() {
    for (circle, pages) in [(1, 2), (2, 3)] {
        let org = Org::start(move |_, before| {
            let next = format!("?after={}", before % circle);
            ([link(&next, "next")], page(&[]))
        })
        .await;
        let refused = org.groups().await.unwrap_err();
        assert!(matches!(refused, OktaApiError::Loop { .. }));
        assert_eq!(org.times_asked(), pages);
    }
}

#[tokio::test]
async fn pages_without_end_are_left_in_time() {
    let mut org =
        Org::start(|_, before| ([link(&format!("?after={before}"), "next")], page(&[]))).await;
    org.api.time_limit = Duration::from_millis(200);
    let refused = org.groups().await.unwrap_err();
    assert!(matches!(refused, OktaApiError::TooSlow { .. }));
}

#[tokio::test]
async fn a_short_rate_limit_is_waited_for() {
    for header in ["x-rate-limit-reset", "retry-after"] {
        let org = Org::start(move |uri, before| match (before, header) {
            (1, "retry-after") => too_many(&[(header, 1)]),
            (1, _) => too_many(&[(header, in_seconds(1))]),
            _ => paged(&names(0..250), uri),
        })
        .await;
        assert_eq!(org.groups().await.unwrap(), names(0..250));
        assert_eq!(org.times_asked(), 3);
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_once() {
    let org = Org::start(|_, _| too_many(&[("retry-after", 0)])).await;
    let refused = org.groups().await.unwrap_err();
    assert!(matches!(
        refused,
        OktaApiError::RateLimited {
            seconds: Some(0),
            ..
        }
    ));
    assert_eq!(org.times_asked(), 2);
}

#[tokio::test]
async fn a_long_rate_limit_is_not_waited_for() {
    let org = Org::start(|_, before| match before {
        0 => too_many(&[("x-rate-limit-reset", in_seconds(50))]),
        1 => too_many(&[("retry-after", 11)]),
        2 => too_many(&[("x-ratelimit-reset", in_seconds(1))]),
        _ => StatusCode::TOO_MANY_REQUESTS.into_response(),
    })
    .await;
    for expected in [Some(49..=51), Some(11..=11), None, None] {
        let OktaApiError::RateLimited { seconds, .. } = org.groups().await.unwrap_err() else {
            panic!("not rate limited");
        };
        match (seconds, expected) {
            (Some(seconds), Some(expected)) => assert!(expected.contains(&seconds)),
            (seconds, expected) => assert!(seconds.is_none() && expected.is_none()),
        }
    }
    assert_eq!(org.times_asked(), 4);
}

#[tokio::test]
async fn refusals_are_told_apart_by_status_or_code() {
    type IsExpected = fn(&OktaApiError) -> bool;
    let token_refused: IsExpected = |error| matches!(error, OktaApiError::TokenRefused { .. });
    let forbidden: IsExpected = |error| matches!(error, OktaApiError::Forbidden { .. });
    let unknown: IsExpected = |error| matches!(error, OktaApiError::UnknownUser { .. });
    let limited: IsExpected = |error| matches!(error, OktaApiError::RateLimited { .. });
    let status: IsExpected = |error| matches!(error, OktaApiError::Status { status: 500, .. });
    for (number, code, is_expected) in [
        (401, "E0000011", token_refused),
        (403, "E0000006", forbidden),
        (404, "E0000007", unknown),
        (429, "E0000047", limited),
        (500, "E0000009", status),
    ] {
        let org = Org::start(move |_, before| {
            let status = StatusCode::from_u16(number).unwrap();
            match before {
                0 => error(number, code, "No"),
                1 => status.into_response(),
                2 => (status, Html("<h1>No</h1>")).into_response(),
                _ => (status, Json(json!({ "errorCode": 1 }))).into_response(),
            }
        })
        .await;
        for _ in 0..4 {
            let refused = org.groups().await.unwrap_err();
            assert!(is_expected(&refused), "{number}: {refused}");
        }
    }
    for (code, is_expected) in [("E0000011", token_refused), ("E0000006", forbidden)] {
        let org = Org::start(move |_, _| error(400, code, "No")).await;
        assert!(is_expected(&org.groups().await.unwrap_err()));
    }
}

#[tokio::test]
async fn oktas_words_are_repeated_in_short() {
    let org = Org::start(|_, _| error(500, "E0000009", &"a\n\u{1b}[31m".repeat(100))).await;
    let OktaApiError::Status { code, summary, .. } = org.groups().await.unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(code.as_deref(), Some("E0000009"));
    let summary = summary.unwrap();
    assert_eq!(summary.chars().count(), 200);
    assert!(!summary.contains(char::is_control));
}

#[tokio::test]
async fn what_is_not_oktas_is_not_understood() {
    let nobody = json!([{ "id": "00g1", "profile": {} }]);
    let number = json!([{ "id": "00g1", "profile": { "name": 1 } }]);
    let answers = [
        Html("<h1>Sign in</h1>").into_response(),
        Json(nobody).into_response(),
        Json(number).into_response(),
        Json(json!({ "groups": [] })).into_response(),
        StatusCode::OK.into_response(),
        ([(header::LINK, "/next; rel=next")], page(&[])).into_response(),
        ([link("http://[", "next")], page(&[])).into_response(),
    ];
    let count = answers.len();
    let answers = Arc::new(Mutex::new(Vec::from(answers)));
    let org = Org::start(move |_, _| answers.lock().unwrap().pop().unwrap()).await;
    for _ in 0..count {
        let refused = org.groups().await.unwrap_err();
        assert!(matches!(refused, OktaApiError::NotUnderstood { .. }));
    }
}

#[tokio::test]
async fn a_user_is_one_segment_of_the_path() {
    let org = Org::start(|_, _| page(&[])).await;
    for (user, segment) in [
        ("00u1ada", "00u1ada"),
        ("ada@example.com", "ada@example.com"),
        ("a/b", "a%2Fb"),
        ("../me", "..%2Fme"),
        ("a%2Fb", "a%252Fb"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("a?b#c d", "a%3Fb%23c%20d"),
        ("dürer", "d%C3%BCrer"),
    ] {
        org.api.groups_of(user).await.unwrap();
        let asked = org.asked.lock().unwrap().pop().unwrap();
        assert_eq!(
            asked.uri().path(),
            format!("/api/v1/users/{segment}/groups")
        );
    }
    for user in ["", ".", "..", "me", "ME", "m\ne", "00u1\tada", ".\n."] {
        let refused = org.api.groups_of(user).await.unwrap_err();
        assert!(matches!(refused, OktaApiError::UnknownUser { .. }));
    }
    assert_eq!(org.times_asked(), 0);
}

/// Not even if Okta's own answer repeats it.
#[tokio::test]
async fn no_error_holds_the_token() {
    let org = Org::start(|_, before| match before {
        0..=4 => error([400, 401, 403, 404, 500][before], TOKEN, TOKEN),
        5 => too_many(&[]),
        6 => Json(json!(TOKEN)).into_response(),
        7 => (
            [link(&format!("https://{TOKEN}.example"), "next")],
            page(&[]),
        )
            .into_response(),
        8 => ([(header::LINK, TOKEN)], page(&[])).into_response(),
        _ => "x".repeat(2 * 1024 * 1024).into_response(),
    })
    .await;
    let mut errors = Vec::new();
    for _ in 0..10 {
        errors.push(org.groups().await.unwrap_err());
    }
    errors.push(api("https://example.okta.com", &format!("{TOKEN}\n")).unwrap_err());
    let token = TOKEN.to_lowercase();
    for error in errors {
        assert!(
            !error.to_string().to_lowercase().contains(&token),
            "{error}"
        );
        assert!(!format!("{error:?}").to_lowercase().contains(&token));
    }
    assert!(!format!("{:?}", org.api).contains(TOKEN));
}

#[tokio::test]
async fn what_may_not_or_cannot_be_asked_is_not() {
    for issuer in [
        "http://10.0.0.1",
        "https://169.254.169.254",
        "http://example.com",
    ] {
        let refused = api(issuer, TOKEN).unwrap().token_owner().await.unwrap_err();
        assert!(matches!(refused, OktaApiError::Http(_)), "{refused}");
    }
    let refused = api("https://example.okta.com", "").unwrap_err();
    assert!(matches!(refused, OktaApiError::MalformedToken));
    for issuer in ["", "okta", "mailto:admin@example.com"] {
        let refused = api(issuer, TOKEN).unwrap_err();
        assert!(matches!(refused, OktaApiError::Issuer(_)));
    }
}
