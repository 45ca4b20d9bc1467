//! Several servers on one PostgreSQL: what is done on one counts on all.

mod behind_nginx;
mod deaf;
mod hearing;

use std::time::Duration;

use axum_okta::OktaBuilder;
use http::StatusCode;
use tokio::time::timeout;
use tracing::subscriber::DefaultGuard;

use crate::harness::{App, Log, postgres};

/// The key that all servers have.
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

/// Longer than anything takes, and shorter than a server remembers.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server logs that hears the others.
const HEARD: &str = "other servers are heard";

pub fn on(url: &str) -> impl FnOnce(OktaBuilder) -> OktaBuilder {
    move |builder| builder.database(url).encryption_key(KEY.to_owned())
}

/// Servers on a database of their own.
pub struct Servers {
    pub apps: Vec<App>,
    pub database: String,
    log: Log,
    _listening: DefaultGuard,
}

impl Servers {
    /// Starts so many, and waits until they hear one another.
    pub async fn start(count: usize) -> Self {
        let log = Log::default();
        let listening = log.listen("axum_okta=info");
        let database = postgres::database().await;
        let mut apps = Vec::new();
        for _ in 0..count {
            apps.push(App::start_with(on(&database)).await);
        }
        log.until_so_often(HEARD, count).await;
        Self {
            apps,
            database,
            log,
            _listening: listening,
        }
    }
}

/// Asks again until this is so.
pub async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let done = timeout(PATIENCE, asking).await;
    done.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Asks with this session until the answer is as expected.
async fn until(app: &App, path: &str, session: &str, expected: StatusCode) {
    let what = format!("{path} at {} answers {expected}", app.url);
    eventually(&what, async || status(app, path, session).await == expected).await;
}

/// What an identity, or a guarded page, answers now.
async fn status(app: &App, path: &str, session: &str) -> StatusCode {
    app.with_session(path, session).await.status()
}
