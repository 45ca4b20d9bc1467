//! A link to the sign-in led to another site.

use http::StatusCode;
use tokio::time::timeout;
use url::Url;

use crate::harness::{App, PATIENCE, location};

/// Where a browser arrives that got this `Location` at the callback.
fn arrives(app: &App, location: &str) -> String {
    let arrived = Url::parse(&app.callback()).unwrap().join(location).unwrap();
    arrived.origin().ascii_serialization()
}

fn login(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/login?{query}")
}

#[tokio::test]
async fn return_to_is_no_open_redirect() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for evil in [
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/.//evil.example",
        "/a/..//evil.example",
        "/\r\n/evil.example",
        " //evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https://evil.example",
        "HTTPS://evil.example",
        "//evil.example%2f@127.0.0.1",
        "http:127.0.0.1.evil.example",
        "@evil.example",
        ":80@evil.example",
        ".evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\u{ff0f}evil.example",
        "\u{3002}evil.example",
    ] {
        let browser = app.browser();
        let started = browser.page(&login(&[("return_to", evil)])).await;
        let callback = browser.at_provider(&started).await;
        let done = browser.page(&callback).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{evil:?}");
        assert_eq!(arrives(&app, &location(&done)), app.url, "{evil:?}");
        // Whoever is signed in goes straight through.
        let straight = browser.page(&login(&[("return_to", evil)])).await;
        assert_eq!(straight.status(), StatusCode::SEE_OTHER, "{evil:?}");
        assert_eq!(arrives(&app, &location(&straight)), app.url, "{evil:?}");
    }
}

#[tokio::test]
async fn target_link_uri_is_no_open_redirect() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    for evil in [
        "https://evil.example/".to_owned(),
        "//evil.example".to_owned(),
        format!("{}.evil.example/", app.url),
        format!("{}@evil.example/", app.url),
        format!("{}0/", app.url),
        format!("{}//evil.example", app.url),
        format!("{}/\\evil.example", app.url),
        format!("{}\\@evil.example", app.url),
        format!("{}/\t/evil.example", app.url),
        app.url.replace("http://", "http://bad"),
        app.url.replace("http://", "http://evil.example#"),
        app.url.replace("http:", "https:"),
    ] {
        let address = login(&[("iss", &provider.issuer), ("target_link_uri", &evil)]);
        let answer = app.browser().page(&address).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{evil:?}");
        assert_eq!(location(&answer), "", "{evil:?}");
    }
}

#[tokio::test]
async fn a_malformed_return_to_is_answered_in_time() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let long = "a".repeat(30_000);
    let many = "&x=y".repeat(5_000);
    for query in [
        "return_to",
        "return_to=",
        "return_to=%",
        "return_to=%zz",
        "return_to=%00",
        "return_to=%ff%fe",
        "return_to=http://[",
        "return_to=/%",
        "return_to=/%252525252525",
        "return_to=/[[[[((((",
        "target_link_uri=",
        "target_link_uri=http://[",
        "target_link_uri=%ff",
        "iss=%ff",
        &format!("return_to=/{long}"),
        &format!("return_to={}", "/..".repeat(10_000)),
        &format!("return_to=/{many}"),
    ] {
        let answer = timeout(PATIENCE, browser.page(&format!("/login?{query}"))).await;
        let answer = answer.expect("in time");
        let shown = &query[..query.len().min(40)];
        assert!(
            [StatusCode::SEE_OTHER, StatusCode::BAD_REQUEST].contains(&answer.status()),
            "{shown}: {}",
            answer.status()
        );
    }
}
