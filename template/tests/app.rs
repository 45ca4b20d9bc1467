//! The app, over HTTP and as a made-up person.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{net::TcpListener, process::Stdio, time::Duration};

use leptos_okta::testing::{identity, signed_in_as, signed_out};
use {{crate_name}}::app::notes;
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

#[tokio::test]
async fn notes_are_for_people_who_are_signed_in() {
    let ada = identity("00u1").with_name("Ada");
    let text = signed_in_as(ada, notes()).await.unwrap();
    assert_eq!(text, "No notes for Ada yet.");

    signed_out(notes()).await.unwrap_err();
}

#[tokio::test]
async fn the_server_shows_what_is_open_and_guards_the_rest() {
    let server = Server::start().await;

    let home = server.page("/").await;
    assert_eq!(home.status(), StatusCode::OK);
    assert!(home.text().await.unwrap().contains("Anyone can read this."));

    let guarded = server.page("/notes").await;
    assert_eq!(guarded.status(), StatusCode::SEE_OTHER);
    let sign_in = "/login?return_to=/notes";
    assert_eq!(guarded.headers()[header::LOCATION], sign_in);
    assert_eq!(guarded.text().await.unwrap(), "");

    let call = server.client.post(format!("{}/api/notes", server.url));
    let call = call.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let refused = call.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    let settings = server.page("/settings/okta").await;
    assert_eq!(settings.status(), StatusCode::OK);
    let settings = settings.text().await.unwrap();
    assert!(settings.contains("Setup code"), "{settings}");

    let style = server.page("/okta.css").await;
    assert_eq!(style.headers()[header::CONTENT_TYPE], "text/css");
}

/// The built app, in a folder and on a port of its own.
struct Server {
    _process: Child,
    _folder: TempDir,
    client: Client,
    url: String,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = port.local_addr().unwrap().to_string();
        drop(port);
        let mut process = Command::new(env!("CARGO_BIN_EXE_{{project-name}}"))
            .env("LEPTOS_SITE_ADDR", &address)
            .env("LEPTOS_OUTPUT_NAME", "{{project-name}}")
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.starts_with("Listening on") {
                    return;
                }
            }
            panic!("the server ended before it listened");
        };
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, listening).await.unwrap();
        Self {
            _process: process,
            _folder: folder,
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            url: format!("http://{address}"),
        }
    }

    async fn page(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = request.header(header::ACCEPT, "text/html");
        request.send().await.unwrap()
    }
}
