//! What has gone wrong in software like this: a test for each published hole, named after what it prevents. Holes for
//! which another file has exactly the test are not here; `yardsticks.txt` says where each is.

use std::{io, time::Duration};

use axum::body::Bytes;
use axum_okta::ConnectionForm;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::Url;

use crate::{
    app::{
        App, Browser, SECRET_OF_THE_PAGE, SETUP_CODE, cache_control, cookie, form, location,
        session_id,
    },
    log::Log,
    provider::{CLIENT_SECRET, Provider, Signature, ada, grace},
};

const CONNECTION: &str = "/api/okta/connections/okta";
/// For what answers at once, or hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends these bytes and gives the whole answer: a client library would mend what is wrong on purpose.
async fn raw(app: &App, request_line: &str, headers: &[(&str, &str)]) -> String {
    let address = app.url.strip_prefix("http://").unwrap();
    let mut request = format!("{request_line}\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    timeout(PATIENCE, exchange).await.expect("an answer")
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

/// The value of a cookie that an answer sets.
/// What a stranger is shown, as a person's browser asks and as a program does.
async fn shows_a_stranger_nothing(app: &App, request_line: &str, headers: &[(&str, &str)]) {
    let mut as_page = headers.to_vec();
    as_page.push(("accept", "text/html"));
    for headers in [headers, &as_page] {
        let answer = raw(app, request_line, headers).await;
        assert!(
            !answer.contains(SECRET_OF_THE_PAGE),
            "{request_line} {headers:?}"
        );
        assert!(
            ["303", "400", "401", "404", "405"].contains(&status(&answer)),
            "{request_line} {headers:?}: {answer}"
        );
    }
}

// 1. The guard was talked round.

#[tokio::test]
async fn the_guard_believes_no_header_about_where_a_request_goes() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for name in [
        "x-forwarded-uri",
        "x-forwarded-path",
        "x-forwarded-prefix",
        "x-original-url",
        "x-original-uri",
        "x-rewrite-url",
        "x-forwarded-host",
        "x-forwarded-method",
        "x-http-method-override",
        "x-middleware-subrequest",
    ] {
        for value in [
            "/",
            "/login",
            "/authorization-code/callback",
            "OPTIONS",
            "middleware",
        ] {
            shows_a_stranger_nothing(&app, "GET /protected HTTP/1.1", &[(name, value)]).await;
        }
    }
}

#[tokio::test]
async fn the_guard_believes_no_user_agent() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for agent in [
        "kube-probe/1.31",
        "GoogleHC/1.0",
        "ELB-HealthChecker/2.0",
        "Googlebot/2.1",
    ] {
        shows_a_stranger_nothing(&app, "GET /protected HTTP/1.1", &[("user-agent", agent)]).await;
    }
}

#[tokio::test]
async fn the_guard_believes_no_query_string() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for query in [
        "/login",
        "path=/login",
        "return_to=/",
        "code=x&state=y",
        "/../login",
        "a=%23",
    ] {
        let request = format!("GET /protected?{query} HTTP/1.1");
        shows_a_stranger_nothing(&app, &request, &[]).await;
    }
}

#[tokio::test]
async fn an_encoded_fragment_opens_nothing() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for path in [
        "/protected%23/login",
        "/protected#/login",
        "/login%23/../protected",
    ] {
        shows_a_stranger_nothing(&app, &format!("GET {path} HTTP/1.1"), &[]).await;
    }
}

#[tokio::test]
async fn doubled_slashes_open_nothing() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for path in [
        "//protected",
        "///protected",
        "/.//protected",
        "//api//protected",
        "/api//protected",
    ] {
        shows_a_stranger_nothing(&app, &format!("GET {path} HTTP/1.1"), &[]).await;
    }
}

#[tokio::test]
async fn line_breaks_in_a_path_open_nothing() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for path in [
        "/protected%0a",
        "/protected%0d%0a",
        "/%0aprotected",
        "/protected%00",
        "/protected%e2%80%a8",
    ] {
        shows_a_stranger_nothing(&app, &format!("GET {path} HTTP/1.1"), &[]).await;
    }
}

#[tokio::test]
async fn no_spelling_of_its_path_opens_a_guarded_route() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for path in [
        "/protected",
        "/%70rotected",
        "/%2570rotected",
        "/protected/",
        "/protected/.",
        "/protected/..;/protected",
        "/./protected",
        "/login/../protected",
        "/login/..%2fprotected",
        "/PROTECTED",
        "/Protected",
        "/protected;",
        "/protected;jsessionid=1",
        "/login;/../protected",
        "/\\protected",
        "/protected\\",
        "/protected%20",
        "/protected.html",
        "/protected%2f",
        "/%2fprotected",
        "/prot\u{0435}cted",
        "/api/protected",
        "/API/protected",
        "/api/%70rotected",
    ] {
        for method in ["GET", "HEAD", "OPTIONS", "POST", "TRACE"] {
            shows_a_stranger_nothing(&app, &format!("{method} {path} HTTP/1.1"), &[]).await;
        }
    }
    // The absolute form, which proxies get.
    let absolute = format!("GET {}/protected HTTP/1.1", app.url);
    shows_a_stranger_nothing(&app, &absolute, &[]).await;
    // The page is there, for whoever is signed in.
    browser.sign_in("/").await;
    let page = browser.page("/protected").await.text().await.unwrap();
    assert_eq!(page, SECRET_OF_THE_PAGE);
}

// 2. Identity headers of the client got through.

#[tokio::test]
async fn a_client_says_nothing_about_who_it_is() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let done = browser.sign_in("/").await;
    let session = format!("okta_session={}", session_id(&done));
    for name in [
        "x-forwarded-user",
        "x-forwarded-email",
        "x-forwarded-preferred-username",
        "x-forwarded-groups",
        "x-auth-request-user",
        "x-auth-request-email",
        "remote-user",
        "x-remote-user",
        "x-user",
        "okta-user",
        "authorization",
    ] {
        for name in [name.to_owned(), name.replace('-', "_"), name.to_uppercase()] {
            let claimed = (name.as_str(), "00u9mallory");
            shows_a_stranger_nothing(&app, "GET /protected HTTP/1.1", &[claimed]).await;
            let nobody = raw(&app, "GET /whoami HTTP/1.1", &[claimed]).await;
            assert!(nobody.ends_with(r#"{"subject":null}"#), "{name}: {nobody}");
            // And whoever is signed in stays who they are.
            let ada = raw(
                &app,
                "GET /whoami HTTP/1.1",
                &[claimed, ("cookie", &session)],
            )
            .await;
            assert!(ada.ends_with(r#"{"subject":"00u1ada"}"#), "{name}: {ada}");
        }
    }
}

// 3. An e-mail address was taken for more than it is.

#[tokio::test]
async fn an_email_address_is_nobodys_key() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    assert_eq!(admin.api(CONNECTION).await.status(), StatusCode::OK);
    // Somebody else, to whom the issuer gives the admin's address, verified at that.
    let mut other = ada();
    other["sub"] = json!("00u9mallory");
    provider.now().person = other;
    let mallory = app.browser();
    mallory.sign_in("/").await;
    let identity: Value = mallory.api("/api/identity").await.json().await.unwrap();
    assert_eq!(
        (&identity["subject"], &identity["email"]),
        (&json!("00u9mallory"), &json!("ada@example.com"))
    );
    assert_eq!(
        mallory.api(CONNECTION).await.status(),
        StatusCode::FORBIDDEN
    );
    let ada: Value = admin.api("/whoami").await.json().await.unwrap();
    assert_eq!(ada["subject"], "00u1ada");
}

#[tokio::test]
async fn an_email_address_gives_no_right() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    for email in [
        "ada@example.com@evil.example",
        "a@evil.example@example.com",
        "ADA@example.com",
        "ada@example.com\u{0}",
    ] {
        provider.now().person =
            json!({ "sub": "00u9mallory", "name": "M", "email": email, "groups": [] });
        let mallory = app.browser();
        mallory.sign_in("/").await;
        let identity: Value = mallory.api("/api/identity").await.json().await.unwrap();
        assert_eq!(
            identity["email"], email,
            "shown as it is, and read by nobody"
        );
        assert_eq!(
            mallory.api(CONNECTION).await.status(),
            StatusCode::FORBIDDEN
        );
    }
}

// 4. Session fixation.

#[tokio::test]
async fn a_session_planted_by_somebody_who_is_signed_in_does_not_become_anothers() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    provider.now().person = grace();
    let attacker = app.browser();
    let planted = session_id(&attacker.sign_in("/").await);

    provider.now().person = ada();
    let victim = app.browser();
    let login = victim.page("/login").await;
    let browser = cookie(&login, "okta_browser");
    let callback = location(&victim.page(&location(&login)).await);
    let callback = callback.strip_prefix(&app.url).unwrap();
    let cookies = format!("okta_browser={browser}; okta_session={planted}");
    let done = app.with_cookies(callback, &cookies).await;
    let session = session_id(&done);
    assert_ne!(session, planted);
    let victims = app
        .with_cookies("/whoami", &format!("okta_session={session}"))
        .await;
    assert_eq!(victims.json::<Value>().await.unwrap()["subject"], "00u1ada");
    // What the attacker has a copy of is nobody's.
    let copied = app
        .with_cookies("/whoami", &format!("okta_session={planted}"))
        .await;
    assert_eq!(
        copied.json::<Value>().await.unwrap()["subject"],
        Value::Null
    );
}

#[tokio::test]
async fn nothing_that_was_in_the_session_before_is_there_after_signing_in() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let browser = app.browser();
    assert_eq!(browser.post("/note").await.status(), StatusCode::NO_CONTENT);
    let note = async || browser.api("/note").await.text().await.unwrap();
    assert_eq!(note().await, r#""left here""#);
    browser.sign_in("/").await;
    assert_eq!(note().await, "null");
}

// 5. Open redirects.

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
        let callback = location(&browser.page(&location(&started)).await);
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

// 6. Login CSRF and mix-up.

#[tokio::test]
async fn what_a_sign_in_under_way_knows_is_no_session() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let login = browser.page("/login").await;
    let of_browser = cookie(&login, "okta_browser");
    let callback = Url::parse(&location(&browser.page(&location(&login)).await)).unwrap();
    for (_, value) in callback
        .query_pairs()
        .chain([("".into(), of_browser.into())])
    {
        for cookies in [
            format!("okta_session={value}"),
            format!("okta_browser={value}"),
        ] {
            let answer = app.with_cookies("/api/protected", &cookies).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{cookies}");
        }
    }
}

#[tokio::test]
async fn a_session_is_no_proof_of_having_started_a_sign_in() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let attacker = app.browser();
    let callback = attacker.to_provider_and_back("/").await;
    let callback = callback.strip_prefix(&app.url).unwrap();
    for cookies in [
        format!("okta_session={session}"),
        format!("okta_session={session}; okta_browser={session}"),
        "okta_browser=".to_owned(),
        "okta_browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
    ] {
        let answer = app.with_cookies(callback, &cookies).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{cookies}");
    }
}

#[tokio::test]
async fn a_sign_in_started_at_one_provider_is_not_finished_at_another() {
    let app = App::start().await;
    let (former, admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    let (path, query) = callback.split_once('?').unwrap();
    let other = Provider::start(&app.callback()).await;
    assert_eq!(admin.connect(&form(&other)).await.status(), StatusCode::OK);
    let asked = (former.asked("token"), other.asked("token"));
    // Also with the new provider's name on it.
    let renamed = query.replace(
        former.issuer.rsplit(':').next().unwrap(),
        other.issuer.rsplit(':').next().unwrap(),
    );
    assert_ne!(renamed, query);
    for query in [&renamed, query] {
        let answer = browser.page(&format!("{path}?{query}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(!browser.is_signed_in().await);
    }
    assert_eq!((former.asked("token"), other.asked("token")), asked);
}

// 7. A configuration error failed open.

#[tokio::test]
async fn with_a_wrong_key_no_session_of_before_opens_anything() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    assert!(browser.is_signed_in().await);
    let other_key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let app = app
        .restart_with(|builder| builder.encryption_key(other_key))
        .await;
    let answer = browser.page("/protected").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        browser.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        browser.api("/api/identity").await.status(),
        StatusCode::UNAUTHORIZED
    );
    // With the right one back, nothing is lost.
    let app = app.restart().await;
    assert!(browser.is_signed_in().await);
    drop(app);
}

// 8. Denial of service by headers, cookies and parameters.

#[tokio::test]
async fn a_pile_of_cookies_is_refused_before_it_is_parsed() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let ours = format!("okta_session={session}");
    let piles = [
        format!("{ours}; a={}", "x".repeat(60_000)),
        (0..2000)
            .map(|n| format!("cookie{n}=x; "))
            .collect::<String>()
            + &ours,
        "okta_session=x; ".repeat(2000) + &ours,
        ";".repeat(16 * 1024 + 1),
    ];
    for pile in piles {
        for path in [
            "/",
            "/protected",
            "/login",
            "/authorization-code/callback?code=x&state=y",
        ] {
            let answer = app.with_cookies(path, &pile).await;
            assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
            assert_eq!(cache_control(&answer), "no-store");
        }
    }
    // In several headers it is the same pile.
    let quarter = "x".repeat(5_000);
    let headers: Vec<_> = (0..4).map(|_| ("cookie", quarter.as_str())).collect();
    assert_eq!(status(&raw(&app, "GET / HTTP/1.1", &headers).await), "431");
    // Up to the bound, all is read.
    let room = 16 * 1024 - ours.len() - "; a=".len();
    let most = format!("{ours}; a={}", "x".repeat(room));
    let answer = app.with_cookies("/api/identity", &most).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn cookies_of_our_names_that_contradict_each_other_are_nobodys() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let ada = session_id(&browser.sign_in("/").await);
    provider.now().person = grace();
    let grace = session_id(&app.browser().sign_in("/").await);
    for cookies in [
        format!("okta_session={ada}; okta_session={grace}"),
        format!("okta_session={grace}; okta_session={ada}"),
        format!("okta_session={ada}; okta_session="),
        format!("okta_session=x; okta_session={ada}"),
        format!("okta%5fsession={ada}"),
        "okta_session=x; ".repeat(900) + &format!("okta_session={ada}"),
    ] {
        let answer = app.with_cookies("/api/identity", &cookies).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{cookies}");
    }
    // The same twice is no contradiction, and a disguise takes nothing away.
    for cookies in [
        format!("okta_session={ada}; okta_session={ada}"),
        format!("okta%5fsession={grace}; okta_session={ada}; okta_sess%69on={grace}"),
    ] {
        let answer = app.with_cookies("/whoami", &cookies).await;
        let whoami: Value = answer.json().await.unwrap();
        assert_eq!(whoami["subject"], "00u1ada", "{cookies}");
    }
}

#[tokio::test]
async fn a_second_browser_cookie_finishes_no_sign_in() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let attacker = app.browser();
    let login = attacker.page("/login").await;
    let planted = cookie(&login, "okta_browser");
    let callback = location(&attacker.page(&location(&login)).await);
    let callback = callback.strip_prefix(&app.url).unwrap();
    let own = cookie(&app.browser().page("/login").await, "okta_browser");
    for cookies in [
        format!("okta_browser={own}; okta_browser={planted}"),
        format!("okta_browser={planted}; okta_browser={own}"),
        format!("okta_browser={own}; okta%5Fbrowser={planted}"),
    ] {
        let answer = app.with_cookies(callback, &cookies).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{cookies}");
    }
}

#[tokio::test]
async fn a_pile_of_headers_is_refused_by_the_server() {
    let app = App::start().await;
    let names: Vec<String> = (0..200).map(|n| format!("x-pile-{n}")).collect();
    let pile: Vec<_> = names.iter().map(|name| (name.as_str(), "x")).collect();
    assert_eq!(status(&raw(&app, "GET / HTTP/1.1", &pile).await), "431");
    let large = "x".repeat(200_000);
    let pile = [("a", large.as_str()), ("b", &large), ("c", &large)];
    assert_eq!(status(&raw(&app, "GET / HTTP/1.1", &pile).await), "431");
    assert_eq!(
        status(&raw(&app, "GET / HTTP/1.1", &pile[..1]).await),
        "200"
    );
}

#[tokio::test]
async fn a_body_beyond_any_form_is_not_read() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let callback = "/authorization-code/callback";
    for (method, path) in [
        (Method::POST, callback),
        (Method::POST, "/api/okta/setup"),
        (Method::PUT, CONNECTION),
    ] {
        let request = browser
            .request(method, path)
            .header(
                header::CONTENT_TYPE,
                if path == callback {
                    "application/x-www-form-urlencoded"
                } else {
                    "application/json"
                },
            )
            .body(format!("{{\"setup\":\"{}\"}}", "x".repeat(100_000)));
        let answer = timeout(PATIENCE, request.send())
            .await
            .expect("in time")
            .unwrap();
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[tokio::test]
async fn an_answer_of_a_provider_beyond_any_size_is_not_read_to_its_end() {
    let app = App::start().await;
    let provider = Provider::start(&app.callback()).await;
    let admin = app.browser();
    admin.enter_setup_code(SETUP_CODE).await;
    let endless = Bytes::from(vec![b' '; 2 * 1024 * 1024]);
    provider.now().discovery_answer = Some((StatusCode::OK, HeaderMap::new(), endless));
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let report = answer.text().await.unwrap();
    assert!(report.contains("sent more than 1048576 bytes"), "{report}");
}

// 9. The page went out with the redirect, or stayed in a cache.

#[tokio::test]
async fn a_redirect_to_the_sign_in_carries_no_page_whoever_wrote_it() {
    let app = App::start().await;
    for accept in ["text/html", "*/*"] {
        let answer = raw(
            &app,
            "GET /sends-to-sign-in HTTP/1.1",
            &[("accept", accept)],
        )
        .await;
        assert_eq!(status(&answer), "303");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "");
        let head = head.to_lowercase();
        assert!(head.contains("cache-control: no-store"), "{head}");
        assert!(!head.contains("content-type"), "{head}");
    }
}

#[tokio::test]
async fn no_answer_of_a_sign_in_is_kept_by_a_cache() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let login = browser.page("/login").await;
    let callback = location(&browser.page(&location(&login)).await);
    let done = browser.page(&callback).await;
    let again = browser.page(&callback).await;
    let identity = browser.api("/api/identity").await;
    let settings = browser.api(CONNECTION).await;
    let refused = app.browser().api("/api/identity").await;
    let logout = browser.post("/logout").await;
    for answer in [login, done, again, identity, settings, refused, logout] {
        assert_eq!(cache_control(&answer), "no-store", "{}", answer.url());
    }
}

// 11. An issuer that points inside.

#[tokio::test]
async fn an_issuer_points_the_server_at_nothing_of_its_own() {
    // Without the development setting, loopback is inside, too.
    let app = App::start_with(|builder| builder.allow_http_issuer(false)).await;
    let admin = app.browser();
    admin.enter_setup_code(SETUP_CODE).await;
    let inside = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let port = inside.local_addr().unwrap().port();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0",
        "%31%32%37.0.0.1",
        "\u{2460}\u{2461}\u{2466}.0.0.1",
        "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
        "127\u{3002}0\u{3002}0\u{3002}1",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "100.100.100.200",
        "192.168.1.1",
    ] {
        for scheme in ["https", "http"] {
            let form = ConnectionForm {
                issuer: format!("{scheme}://{host}:{port}"),
                client_id: "id".to_owned(),
                client_secret: "secret".to_owned(),
                ..ConnectionForm::default()
            };
            let answer = timeout(PATIENCE, admin.connect(&form)).await;
            let answer = answer.unwrap_or_else(|_| panic!("{} hangs", form.issuer));
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let report: Value = answer.json().await.unwrap();
            let issuer = &report["checks"][0];
            assert_eq!(issuer["outcome"], "failed", "{}", form.issuer);
            let message = issuer["message"].as_str().unwrap();
            let before_asking = ["not a public", "not http://", "not a web address"];
            assert!(
                before_asking.iter().any(|reason| message.contains(reason)),
                "{}: {message}",
                form.issuer
            );
        }
    }
    let reached = inside.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(reached, Err(io::ErrorKind::WouldBlock), "nobody came by");
    assert_eq!(app.okta.connection(), None);
}

#[tokio::test]
async fn a_provider_that_was_good_when_it_was_connected_points_nobody_inside_later() {
    let mut app = App::start().await;
    let (provider, _admin) = app.connected().await;
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
    ] {
        for inside in [
            "https://169.254.169.254/latest/",
            "http://app.example.com/",
            "javascript:alert(1)",
        ] {
            provider.now().discovery = json!({ endpoint: inside });
            // Nothing is cached after a restart.
            app = app.restart().await;
            let answer = app.browser().page("/login").await;
            assert_eq!(
                answer.status(),
                StatusCode::BAD_GATEWAY,
                "{endpoint}: {inside}"
            );
            assert_eq!(location(&answer), "");
        }
    }
}

// 12. Tokens were shown.

/// Whether the verifier that belongs to this challenge is somewhere in the text: RFC 7636 §4.2, tried on every part of
/// the text that is as long as one.
fn holds_verifier(text: &str, challenge: &str) -> bool {
    const LENGTH: usize = 43;
    text.as_bytes()
        .windows(LENGTH)
        .any(|part| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(part)) == challenge)
}

fn parameter(address: &str, name: &str) -> String {
    let address = Url::parse(address).unwrap();
    let mut pairs = address.query_pairs();
    let (_, value) = pairs.find(|(key, _)| key == name).expect("the parameter");
    value.into_owned()
}

#[tokio::test]
async fn no_token_and_no_secret_is_in_the_log() {
    let log = Log::default();
    let _listening = log.listen("info,axum_okta=trace");
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let mut secrets = vec![
        "an-access-token".to_owned(),
        CLIENT_SECRET.to_owned(),
        SETUP_CODE.to_owned(),
    ];
    let mut challenges = Vec::new();

    let wrong_secret = ConnectionForm {
        client_secret: "a-wrong-secret".to_owned(),
        ..form(&provider)
    };
    browser.connect(&wrong_secret).await;
    app.browser().try_setup_code("a-wrong-setup-code").await;
    secrets.extend(["a-wrong-secret", "a-wrong-setup-code"].map(str::to_owned));

    // Sign-ins that end in every way there is.
    let endings: [fn(&mut crate::provider::Behaviour); 6] = [
        |provider| provider.thin = true,
        |provider| provider.userinfo = json!({ "sub": "00u9mallory" }),
        |provider| provider.signature = Signature::Broken,
        |provider| provider.id_token = json!({ "sub": null }),
        |provider| provider.token_down = true,
        |provider| provider.callback = json!({ "code": null, "error": "access_denied" }),
    ];
    for behave in endings {
        behave(&mut provider.now());
        let browser = app.browser();
        let login = browser.page("/login").await;
        let cookie = cookie(&login, "okta_browser");
        challenges.push(parameter(&location(&login), "code_challenge"));
        let callback = location(&browser.page(&location(&login)).await);
        if callback.contains("code=") {
            // As it is in a URL, for `code-1` alone could be part of anything.
            secrets.push(format!("code={}", parameter(&callback, "code")));
            secrets.push(format!("{:?}", parameter(&callback, "code")));
        }
        secrets.extend([cookie, parameter(&location(&login), "nonce")]);
        let done = browser.page(&callback).await;
        if let Some(session) = done
            .cookies()
            .find(|cookie| cookie.name() == "okta_session")
        {
            secrets.push(session.value().to_owned());
            let at_okta = location(&browser.post("/logout").await);
            secrets.push(parameter(&at_okta, "id_token_hint"));
        }
        browser.page(&callback).await;
    }

    let text = log.text();
    for message in [
        r#""event":"connected""#,
        r#""event":"signed_in""#,
        r#""event":"signed_out""#,
        r#""event":"setup_code_refused""#,
        "sign-in refused",
    ] {
        assert!(text.contains(message), "the log says {message:?}: {text}");
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in the log");
    }
    for challenge in challenges {
        assert!(
            !holds_verifier(&text, &challenge),
            "a PKCE verifier is in the log"
        );
    }
}

#[tokio::test]
async fn no_token_reaches_the_browser() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().thin = true;
    let login = browser.page("/login").await;
    let mut seen = vec![format!("{:?}", login.headers())];
    let challenge = parameter(&location(&login), "code_challenge");
    let callback = location(&browser.page(&location(&login)).await);
    let mut pages: Vec<Response> = vec![browser.page(&callback).await];
    for path in [
        "/",
        "/protected",
        "/api/identity",
        "/whoami",
        CONNECTION,
        &callback,
        "/login",
    ] {
        pages.push(browser.page(path).await);
    }
    for page in pages {
        seen.push(format!("{:?}", page.headers()));
        seen.push(page.text().await.unwrap());
    }
    let at_okta = location(&browser.post("/logout").await);
    let id_token = parameter(&at_okta, "id_token_hint");
    assert_eq!(id_token.split('.').count(), 3);
    let seen = seen.concat();
    assert!(
        seen.contains("00u1ada"),
        "what was looked at is the identity, too"
    );
    for secret in [
        "an-access-token",
        CLIENT_SECRET,
        &id_token,
        id_token.rsplit('.').next().unwrap(),
    ] {
        assert!(!seen.contains(secret), "{secret}");
    }
    assert!(!holds_verifier(&seen, &challenge));
}

// 13. What failed in peers although nobody attacked.

async fn signed_in_with(id_token: Value) -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().id_token = id_token;
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    (app, provider, browser)
}

#[tokio::test]
async fn signing_out_works_with_an_id_token_that_has_expired() {
    // Within the minute that clocks may differ by: good for signing in, and already over.
    let expired = time::OffsetDateTime::now_utc().unix_timestamp() - 30;
    let (_app, provider, browser) = signed_in_with(json!({ "exp": expired })).await;
    let answer = browser.post("/logout").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let hint = parameter(&location(&answer), "id_token_hint");
    let claims = hint.split('.').nth(1).unwrap();
    let claims: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["exp"], expired);
    assert!(location(&answer).starts_with(&provider.issuer));
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn two_tabs_that_come_back_at_the_same_moment_both_arrive() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let first = browser.to_provider_and_back("/protected?first").await;
    let second = browser.to_provider_and_back("/protected?second").await;
    let (first, second) = tokio::join!(browser.page(&first), browser.page(&second));
    assert_eq!(location(&first), "/protected?first");
    assert_eq!(location(&second), "/protected?second");
    assert!(browser.is_signed_in().await);
}
