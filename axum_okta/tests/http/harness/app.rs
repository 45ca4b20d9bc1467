//! An app with the plugin, on a real port.

use std::{net::SocketAddr, path::PathBuf};

use axum_okta::{Okta, OktaBuilder, secrecy::ExposeSecret};
use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;

use super::{browser::Browser, form::form, port, provider::Provider, routes};

pub const SETUP_CODE: &str = "a-setup-code-for-tests";

pub struct App {
    pub url: String,
    pub okta: Okta,
    pub directory: TempDir,
    address: SocketAddr,
    serving: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl App {
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    /// With changes to how the plugin is built.
    pub async fn start_with(change: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        Self::start_on(port::listener().await, change).await
    }

    /// On a port that is known before.
    pub async fn start_on(
        listener: TcpListener,
        change: impl FnOnce(OktaBuilder) -> OktaBuilder,
    ) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        Self::serve(listener, directory, change).await
    }

    /// Stops, and starts again on the same database and address.
    pub async fn restart(self) -> Self {
        self.restart_with(|builder| builder).await
    }

    /// The same, with changes to how the plugin is built.
    pub async fn restart_with(self, change: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        let Self {
            directory,
            address,
            serving,
            stop,
            ..
        } = self;
        // Connections that stayed open are closed, too: through one, the old app would go on
        // answering.
        stop.send(()).expect("it is still serving");
        serving.await.expect("the old server has stopped");
        let listener = TcpListener::bind(address).await.expect("the same port");
        Self::serve(listener, directory, change).await
    }

    async fn serve(
        listener: TcpListener,
        directory: TempDir,
        change: impl FnOnce(OktaBuilder) -> OktaBuilder,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let url = port::url_of(&listener);
        let builder = Okta::builder()
            .base_url(&url)
            .database(format!(
                "sqlite:{}",
                directory.path().join("okta.db").display()
            ))
            .setup_code(SETUP_CODE)
            .allow_http_issuer(true);
        let okta = change(builder).open_or_deny().await.expect("a base URL");
        // Closed apps have no setup; the tests of those look at what is served.
        let _setup = okta.prepare_setup().await;
        let service = routes::router(&okta).into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            axum::serve(listener, service)
                .with_graceful_shutdown(async move { stopped.await.unwrap_or_default() })
                .await
                .expect("serving");
        });
        Self {
            url,
            okta,
            directory,
            address,
            serving,
            stop,
        }
    }

    pub fn callback(&self) -> String {
        callback_of(&self.url)
    }

    /// Where the database is, as an operator would write it.
    pub fn database(&self) -> String {
        let file: PathBuf = self.directory.path().join("okta.db");
        format!("sqlite:{}", file.display())
    }

    /// Into the app's database, past the plugin.
    pub async fn sql(&self) -> SqliteConnection {
        let connected = SqliteConnection::connect(&self.database()).await;
        connected.expect("the app's database")
    }

    /// Whether this is somewhere in the app's files, to be read by whoever has a copy of them.
    pub fn stores(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.directory.path()).expect("the files");
        files.into_iter().any(|file| {
            let bytes = std::fs::read(file.expect("a file").path()).expect("a file");
            let mut parts = bytes.windows(text.len());
            parts.any(|part| part == text.as_bytes())
        })
    }

    pub async fn new_setup_code(&self) -> String {
        let code = self.okta.new_setup_code().await.expect("a code");
        code.expose_secret().to_owned()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// Asks with these cookies and no others: what a copy of them is worth.
    pub async fn with_cookies(&self, path: &str, cookies: &str) -> Response {
        let request = self.browser().request(Method::GET, path);
        let answer = request.header(header::COOKIE, cookies).send();
        answer.await.expect("an answer")
    }

    /// Asks with a copy of this session cookie.
    pub async fn with_session(&self, path: &str, session: &str) -> Response {
        self.with_cookies(path, &format!("okta_session={session}"))
            .await
    }

    /// Whom a copy of these cookies makes somebody, as the app's own route says.
    pub async fn subject_with(&self, cookies: &str) -> Value {
        let answer = self.with_cookies("/whoami", cookies).await;
        answer.json::<Value>().await.expect("JSON")["subject"].take()
    }

    /// Posts the callback as the provider's page does: cross-site, so without our cookies.
    pub async fn post_callback(&self, callback: &str) -> Response {
        let callback = Url::parse(callback).expect("a URL");
        self.browser()
            .request(Method::POST, callback.path())
            .header("sec-fetch-site", "cross-site")
            .header(header::ORIGIN, "https://dev-1.okta.com")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(callback.query().expect("parameters").to_owned())
            .send()
            .await
            .expect("an answer")
    }

    /// A provider that knows this app, not connected yet, and a browser that entered the setup
    /// code.
    pub async fn ready_to_connect(&self) -> (Provider, Browser) {
        let provider = Provider::start(&self.callback()).await;
        let admin = self.browser();
        admin.enter_setup_code(SETUP_CODE).await;
        (provider, admin)
    }

    /// The same, connected.
    pub async fn connected(&self) -> (Provider, Browser) {
        let (provider, admin) = self.ready_to_connect().await;
        let report = admin.connect(&form(&provider)).await;
        assert_eq!(
            report.status(),
            StatusCode::OK,
            "{}",
            report.text().await.expect("a body")
        );
        (provider, admin)
    }

    /// The browser of this person, signed in; whoever signs in after them is them, too.
    pub async fn signed_in(&self, provider: &Provider, person: Value) -> Browser {
        provider.now().person = person;
        let browser = self.browser();
        let done = browser.sign_in("/").await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        browser
    }
}

/// The redirect URI of an app at this address.
pub fn callback_of(url: &str) -> String {
    format!("{url}/authorization-code/callback")
}
