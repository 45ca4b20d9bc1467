//! When the blog's database fails, its own pages say so, beside the plugin as without it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{net::TcpListener, process::Stdio, time::Duration};

use reqwest::{Client, StatusCode, header};
use sqlx::{Executor, SqlitePool};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

#[tokio::test]
async fn a_failure_of_the_app_is_told_by_its_own_page() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let mut blog = Command::new(env!("CARGO_BIN_EXE_blog"))
        .env("LEPTOS_SITE_ADDR", &address)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(blog.stdout.take().unwrap()).lines();
    let listening = async {
        while !lines
            .next_line()
            .await
            .unwrap()
            .unwrap()
            .starts_with("Listening on")
        {}
    };
    tokio::time::timeout(Duration::from_secs(30), listening)
        .await
        .unwrap();

    let database = format!("sqlite:{}", folder.path().join("blog.db").display());
    let database = SqlitePool::connect(&database).await.unwrap();
    database
        .execute("DROP TABLE posts; DROP TABLE sessions;")
        .await
        .unwrap();

    let browser = Client::new();
    let page = browser
        .get(format!("http://{address}/"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("Something broke on our side")
    );

    let page = browser.get(format!("http://{address}/login"));
    let page = page
        .header(header::COOKIE, "blog_session=any")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("Something broke on our side")
    );
}
