//! An app of `examples/`, started as a person would: a process of its own.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{app::callback_of, browser::Browser, form::form, port::free_port, provider::Provider};

pub struct Example {
    child: Child,
    pub url: String,
    setup_code: Option<String>,
}

impl Example {
    /// Starts it in a folder, where it keeps its database, and waits until it listens.
    pub async fn start(name: &str, folder: &Path) -> Self {
        Self::start_with(name, folder, free_port().await, &[]).await
    }

    /// The same, on this port and with these variables.
    pub async fn start_with(
        name: &str,
        folder: &Path,
        port: u16,
        variables: &[(&str, &str)],
    ) -> Self {
        // Beside this test in target/debug: examples are built with the tests.
        let built = std::env::current_exe().unwrap();
        let example = built
            .ancestors()
            .nth(2)
            .unwrap()
            .join("examples")
            .join(name);
        let mut child = Command::new(example)
            .env("PORT", port.to_string())
            .envs(variables.iter().copied())
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

    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub fn callback(&self) -> String {
        callback_of(&self.url)
    }

    /// A browser that the printed setup code lets in.
    pub async fn admin(&self) -> Browser {
        let browser = Browser::new(&self.url);
        let code = self.setup_code.as_ref().expect("a setup code");
        browser.enter_setup_code(code).await;
        browser
    }

    /// Connected by the first admin, who is signed in.
    pub async fn connected(&self) -> (Provider, Browser) {
        let admin = self.admin().await;
        let provider = Provider::start(&self.callback()).await;
        let answer = admin.connect(&form(&provider)).await;
        assert_eq!(answer.status(), http::StatusCode::OK);
        admin.sign_in("/").await;
        (provider, admin)
    }
}
