//! The built server, started as an operator does.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::process::Stdio;

use reqwest::{Client, StatusCode};
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::support::{Server, command, free_address, start, start_logging_to};

async fn status_of_code(server: &Server, code: &str) -> StatusCode {
    let answer = Client::new()
        .post(format!("{}/api/okta/setup", server.url))
        .json(&serde_json::json!({ "setup": code }))
        .send()
        .await
        .unwrap();
    answer.status()
}

async fn status(server: &Server, path: &str) -> StatusCode {
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    client
        .get(format!("{}{path}", server.url))
        .send()
        .await
        .unwrap()
        .status()
}

#[tokio::test]
async fn it_starts_with_no_variable_but_its_address_and_prints_the_setup_code_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &[]).await;
    assert_eq!(
        status_of_code(&server, &server.setup_code).await,
        StatusCode::NO_CONTENT
    );
    assert!(folder.path().join("okta.db").exists() && folder.path().join("okta.key").exists());
    drop(server);
    let server = start(folder.path(), &[]).await;
    assert_eq!(server.setup_code, "");
}

#[tokio::test]
async fn setup_code_makes_a_new_one_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &[]).await;
    let output = command(folder.path())
        .arg("setup-code")
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let new_code = text
        .lines()
        .find_map(|line| line.strip_prefix("Setup code: "))
        .unwrap();
    assert_eq!(
        status_of_code(&server, &server.setup_code).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status_of_code(&server, new_code).await,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_page_that_is_guarded_is_a_redirect_without_a_body_and_a_guarded_api_401() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &[]).await;
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for path in ["/protected?tab=2", "/identity"] {
        let page = client
            .get(format!("{}{path}", server.url))
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), StatusCode::SEE_OTHER);
        assert!(
            page.headers()["location"]
                .to_str()
                .unwrap()
                .starts_with("/login?return_to=%2F")
        );
        assert_eq!(page.headers()["cache-control"], "no-store");
        assert_eq!(page.text().await.unwrap(), "");
    }
    let api = client
        .get(format!("{}/api/protected", server.url))
        .send()
        .await
        .unwrap();
    assert_eq!(api.status(), StatusCode::UNAUTHORIZED);
    assert!(!api.text().await.unwrap().contains("hello"));
}

#[tokio::test]
async fn with_a_wrong_key_public_pages_are_up_and_guarded_ones_closed() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path(), &[]).await);
    let other_key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let server = start(folder.path(), &[("OKTA_ENCRYPTION_KEY", other_key)]).await;
    assert_eq!(status(&server, "/").await, StatusCode::OK);
    assert_eq!(status(&server, "/settings/okta").await, StatusCode::OK);
    assert_eq!(status(&server, "/protected").await, StatusCode::SEE_OTHER);
    assert_eq!(
        status(&server, "/login").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        status(&server, "/api/protected").await,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut child = command(folder.path())
        .env("LEPTOS_SITE_ADDR", &address)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .await
        .unwrap();
    assert!(!child.wait().await.unwrap().success());
    let line = errors.lines().last().unwrap();
    assert!(
        line.contains(&address) && line.contains("LEPTOS_SITE_ADDR"),
        "{line}"
    );
}

#[tokio::test]
async fn pages_run_only_scripts_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &[]).await;
    let mut nonces = Vec::new();
    for path in ["/", "/settings/okta"] {
        let page = Client::new()
            .get(format!("{}{path}", server.url))
            .send()
            .await
            .unwrap();
        let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(
            !policy.contains("unsafe-inline")
                && policy.contains("frame-ancestors 'none'")
                && policy.contains("form-action 'self'"),
            "{policy}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned();
        let html = page.text().await.unwrap();
        for script in html.split("<script").skip(1) {
            assert!(
                script.split('>').next().unwrap().contains(&nonce),
                "<script{script}"
            );
        }
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn the_settings_forms_change_nothing_for_a_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("OKTA_CLIENT_ID", "0oa1"),
        ("OKTA_CLIENT_SECRET", "a-secret-of-the-operator"),
        ("OKTA_ISSUER_URI", "https://dev-1.okta.com"),
    ];
    let server = start(folder.path(), &variables).await;
    assert_eq!(server.setup_code, "", "none is needed");
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let rule = "rows[0][order]=1&rows[0][group]=g&rows[0][role]=admin&default_role=&version=";
    let connection = "typed[client_id]=x&typed[client_secret]=y&typed[issuer]=https://evil.example";
    for (function, body) in [
        ("save_roles", rule),
        ("remove_admin", "issuer=i&subject=s"),
        ("connect", connection),
        ("check_again", ""),
        ("disconnect", ""),
        ("try_sign_out", "address=back_channel"),
        ("rotate_client_key", "kid=k"),
    ] {
        let answer = client
            .post(format!("{}/api/okta/{function}", server.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("referer", format!("{}/settings/okta", server.url))
            .body(body)
            .send()
            .await
            .unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        assert_eq!(
            (answer.status(), location),
            (
                StatusCode::SEE_OTHER,
                "/settings/okta?refused=not_signed_in"
            ),
            "{function}"
        );
    }
    let page = reqwest::get(format!("{}/settings/okta", server.url));
    let page = page.await.unwrap().text().await.unwrap();
    assert!(!page.contains("dev-1.okta.com") && !page.contains("a-secret-of-the-operator"));
}

#[tokio::test]
async fn half_a_connection_in_the_environment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path())
        .env("LEPTOS_SITE_ADDR", free_address().await)
        .env("OKTA_CLIENT_SECRET", "a-secret-of-the-operator")
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("OKTA_CLIENT_ID, OKTA_ISSUER_URI missing"),
        "{said}"
    );
    assert!(!said.contains("a-secret-of-the-operator"));
}

#[tokio::test]
async fn the_most_talkative_log_tells_no_code_no_state_and_no_setup_code() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let variables = [("RUST_LOG", "trace")];
    let server = start_logging_to(file.into(), folder.path(), &variables).await;
    let setup = format!("/settings/okta?setup={}", server.setup_code);
    for path in [
        setup.as_str(),
        "/authorization-code/callback?code=a-secret-code&state=a-secret-state",
        "/login?return_to=%2F",
    ] {
        status(&server, path).await;
    }
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(
        text.contains("/authorization-code/callback"),
        "it is logged"
    );
    for secret in ["a-secret-code", "a-secret-state", &server.setup_code] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
