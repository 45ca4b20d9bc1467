//! What an answer says.

use std::collections::HashMap;

use http::header;
use reqwest::Response;
use serde_json::Value;
use url::Url;

pub fn location(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION);
    location
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// Where a page goes on to by itself.
pub fn refresh(response: &Response) -> String {
    let refresh = response.headers().get(header::REFRESH);
    refresh
        .and_then(|value| value.to_str().ok()?.strip_prefix("0;url="))
        .unwrap_or_default()
        .to_owned()
}

/// The parameters of an address.
pub fn parameters(address: &str) -> HashMap<String, String> {
    let address = Url::parse(address).expect("an address");
    address.query_pairs().into_owned().collect()
}

/// One of them, which has to be there.
pub fn parameter(address: &str, name: &str) -> String {
    let address = Url::parse(address).expect("an address");
    let mut pairs = address.query_pairs();
    let (_, value) = pairs.find(|(key, _)| key == name).expect("the parameter");
    value.into_owned()
}

/// The session cookie that an answer sets.
pub fn session_id(answer: &Response) -> String {
    cookie(answer, "okta_session")
}

/// The value of a cookie that an answer sets.
pub fn cookie(answer: &Response, name: &str) -> String {
    let mut cookies = answer.cookies();
    let cookie = cookies.find(|cookie| cookie.name() == name);
    cookie.expect("the cookie").value().to_owned()
}

/// The cookie of the sign-in that this answer of `/login` starts, name and value.
pub fn attempt_cookie(login: &Response) -> (String, String) {
    let mut cookies = login.cookies();
    let cookie = cookies.find(|cookie| cookie.name().starts_with("okta_sign_in_"));
    let cookie = cookie.expect("the cookie of a sign-in");
    (cookie.name().to_owned(), cookie.value().to_owned())
}

pub fn cache_control(response: &Response) -> &str {
    let value = response.headers().get(header::CACHE_CONTROL);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The outcome of each check, by name.
pub async fn outcomes(response: Response) -> Value {
    let report: Value = response.json().await.expect("a report");
    report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| {
            (
                check["name"].as_str().expect("a name").to_owned(),
                check["outcome"].clone(),
            )
        })
        .collect()
}
