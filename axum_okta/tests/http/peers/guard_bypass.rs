//! The guard was talked round, or told who somebody is by a header.

use crate::harness::{App, SECRET_OF_THE_PAGE, raw, session_id, status};

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
