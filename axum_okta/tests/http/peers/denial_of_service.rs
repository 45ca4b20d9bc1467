//! Headers, cookies, bodies and answers without end.

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use tokio::time::timeout;

use crate::harness::{App, CONNECTION, PATIENCE, cache_control, form, raw, session_id, status};

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
    let (provider, admin) = app.ready_to_connect().await;
    let endless = Bytes::from(vec![b' '; 2 * 1024 * 1024]);
    provider.now().discovery_answer = Some((StatusCode::OK, HeaderMap::new(), endless));
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let report = answer.text().await.unwrap();
    assert!(report.contains("sent more than 1048576 bytes"), "{report}");
}
