//! An issuer pointed inside (server-side request forgery).

use std::io;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{App, PATIENCE, SETUP_CODE, form_for, location};

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
            let form = form_for(&format!("{scheme}://{host}:{port}"));
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
        "revocation_endpoint",
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
