//! The app, over HTTP and as a made-up person.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{net::TcpListener, process::Stdio, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use leptos::prelude::LeptosOptions;
use leptos_okta::testing::{identity, signed_in_as, signed_out};
use {{crate_name}}::{app::notes, server::routes};
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use tower::ServiceExt;

/// Where the guarded page sends people who aren't signed in.
const SIGN_IN: &str = "/login?return_to=%2Fnotes";

#[tokio::test]
async fn notes_are_for_people_who_are_signed_in() {
    let ada = identity("00u1").with_name("Ada");
    let text = signed_in_as(ada, notes()).await.unwrap();
    assert_eq!(text, "No notes for Ada yet.");

    signed_out(notes()).await.unwrap_err();
}

#[tokio::test]
async fn the_page_shows_the_notes_of_whoever_is_signed_in() {
    let ada = identity("00u1").with_name("Ada");
    let app = app().layer(axum_okta::testing::signed_in_as(ada));
    let page = app.oneshot(get("/notes")).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let page = to_bytes(page.into_body(), usize::MAX).await.unwrap();
    let page = String::from_utf8_lossy(&page);
    assert!(page.contains("No notes for Ada yet."), "{page}");
}

#[tokio::test]
async fn everybody_else_is_sent_to_sign_in() {
    let app = app().layer(axum_okta::testing::signed_out());
    let page = app.oneshot(get("/notes")).await.unwrap();
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert_eq!(page.headers()[header::LOCATION], SIGN_IN);
}

#[tokio::test]
async fn the_server_shows_what_is_open_and_guards_the_rest() {
    let server = Server::start().await;

    let home = server.page("/").await;
    assert_eq!(home.status(), StatusCode::OK);
    assert!(home.text().await.unwrap().contains("Anyone can read this."));

    let guarded = server.page("/notes").await;
    assert_eq!(guarded.status(), StatusCode::SEE_OTHER);
    assert_eq!(guarded.headers()[header::LOCATION], SIGN_IN);
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

#[tokio::test]
async fn a_new_setup_code_is_one_command_away() {
    let folder = tempfile::tempdir().unwrap();
    let printed = program(&folder).arg("setup-code").output().await.unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("/settings/okta?setup="), "{printed}");
}

/// Without the plugin's layer, in whose place each test puts a made-up one.
fn app() -> Router {
    routes(LeptosOptions::builder().output_name("{{project-name}}").build())
}

fn get(path: &str) -> Request<Body> {
    let request = Request::get(path).header(header::ACCEPT, "text/html");
    request.body(Body::empty()).unwrap()
}

/// The built app, which stores in that folder.
fn program(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_{{project-name}}"));
    command
        .env("LEPTOS_OUTPUT_NAME", "{{project-name}}")
        .current_dir(folder.path());
    command
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
        let mut process = program(&folder)
            .env("LEPTOS_SITE_ADDR", &address)
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
