//! The tiny app of `examples/`, started as a person would.

use std::{process::Stdio, time::Duration};

use http::StatusCode;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::{
    app::{Browser, form, location},
    provider::Provider,
};

#[tokio::test]
async fn the_tiny_app_of_the_examples_signs_people_in() {
    let directory = tempfile::tempdir().unwrap();
    let port = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // Beside this test in target/debug: examples are built with the tests.
    let built = std::env::current_exe().unwrap();
    let example = built
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/hello");
    let mut child = Command::new(example)
        .env("PORT", port.to_string())
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let code = line.rsplit(' ').next().unwrap();

    let url = format!("http://127.0.0.1:{port}");
    let browser = Browser::new(&url);
    assert_eq!(location(&browser.page("/").await), "/login?return_to=%2F");
    browser.enter_setup_code(code).await;
    let provider = Provider::start(&format!("{url}/authorization-code/callback")).await;
    assert_eq!(
        browser.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    browser.sign_in("/").await;
    assert_eq!(
        browser.page("/").await.text().await.unwrap(),
        "Hello, Ada Lovelace!"
    );
}
