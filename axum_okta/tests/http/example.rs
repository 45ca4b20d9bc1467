//! The tiny app of `examples/`, started as a person would: a process of its own.

use std::{path::Path, process::Stdio, time::Duration};

use http::StatusCode;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::harness::{Browser, CONNECTION, Provider, callback_of, form, free_port, location};

struct Example {
    child: Child,
    url: String,
    setup_code: Option<String>,
}

impl Example {
    /// Starts it in a folder, where it keeps its database, and waits until it listens.
    async fn start(folder: &Path, port: u16) -> Self {
        // Beside this test in target/debug: examples are built with the tests.
        let built = std::env::current_exe().unwrap();
        let example = built.ancestors().nth(2).unwrap().join("examples/hello");
        let mut child = Command::new(example)
            .env("PORT", port.to_string())
            .current_dir(folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut setup_code = None;
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                match line.strip_prefix("The setup code is ") {
                    Some(code) => setup_code = Some(code.to_owned()),
                    None => return,
                }
            }
            panic!("the example ended before it listened");
        };
        tokio::time::timeout(Duration::from_secs(30), listening)
            .await
            .unwrap();
        Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            setup_code,
        }
    }

    async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    fn callback(&self) -> String {
        callback_of(&self.url)
    }
}

#[tokio::test]
async fn the_tiny_app_of_the_examples_signs_people_in() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start(folder.path(), free_port().await).await;
    let browser = Browser::new(&example.url);
    assert_eq!(location(&browser.page("/").await), "/login?return_to=%2F");
    browser
        .enter_setup_code(&example.setup_code.clone().unwrap())
        .await;
    let provider = Provider::start(&example.callback()).await;
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

#[tokio::test]
async fn killed_during_connect_it_has_the_old_connection_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let mut example = Example::start(folder.path(), port).await;
    let admin = Browser::new(&example.url);
    admin
        .enter_setup_code(&example.setup_code.clone().unwrap())
        .await;
    let providers = [
        Provider::start(&example.callback()).await,
        Provider::start(&example.callback()).await,
    ];
    assert_eq!(
        admin.connect(&form(&providers[0])).await.status(),
        StatusCode::OK
    );

    // Killed at each request that the checks make, and after the last one, when it is being saved.
    for (round, moment) in [
        "discovery",
        "keys",
        "token",
        "authorize",
        "authorize",
        "authorize",
    ]
    .iter()
    .enumerate()
    {
        let provider = &providers[(round + 1) % 2];
        let asked = provider.asked(moment);
        let form = form(provider);
        let connecting = admin
            .request(http::Method::PUT, CONNECTION)
            .json(&form)
            .send();
        tokio::select! {
            _answer = connecting => {}
            () = provider.until_asked(moment, asked + 1) => {}
        }
        example.kill().await;

        example = Example::start(folder.path(), port).await;
        let login = admin.page("/login").await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER, "killed at {moment}");
        let issuer = providers
            .iter()
            .find(|provider| location(&login).starts_with(&provider.issuer));
        assert!(issuer.is_some(), "{}", location(&login));
        // Secret and issuer belong together: the code is redeemed.
        assert_eq!(
            Browser::new(&example.url).sign_in("/").await.status(),
            StatusCode::SEE_OTHER
        );
    }
}
