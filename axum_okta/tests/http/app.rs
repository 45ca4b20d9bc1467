//! An app with the plugin, on a real port, and browsers for it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use axum::{
    Json, Router,
    response::IntoResponse,
    routing::{get, post},
};
use axum_okta::{ConnectionForm, Identity, Okta, OktaBuilder, RoleRule, RoleTable, require_auth};
use http::{StatusCode, header};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use tower_sessions::Session;

use crate::{
    port,
    provider::{CLIENT_ID, CLIENT_SECRET, Provider},
    test_connection::settings_route,
};

pub const SETUP_CODE: &str = "a-setup-code-for-tests";

/// What nobody may see without being signed in.
pub const SECRET_OF_THE_PAGE: &str = "the secret of the page";

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
        listener: tokio::net::TcpListener,
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
        // Connections that stayed open are closed, too: through one, the old app would go on answering.
        stop.send(()).expect("it is still serving");
        serving.await.expect("the old server has stopped");
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .expect("the same port");
        Self::serve(listener, directory, change).await
    }

    async fn serve(
        listener: tokio::net::TcpListener,
        directory: TempDir,
        change: impl FnOnce(OktaBuilder) -> OktaBuilder,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}");
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
        let service = router(&okta).into_make_service_with_connect_info::<SocketAddr>();
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

    pub fn database(&self) -> PathBuf {
        self.directory.path().join("okta.db")
    }

    pub fn callback(&self) -> String {
        format!("{}/authorization-code/callback", self.url)
    }

    /// Asks with these cookies and no others: what a copy of them is worth.
    pub async fn with_cookies(&self, path: &str, cookies: &str) -> Response {
        let request = self.browser().request(http::Method::GET, path);
        let answer = request.header(header::COOKIE, cookies).send();
        answer.await.expect("an answer")
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// A provider that knows this app, connected; the browser is the one that entered the setup code.
    pub async fn connected(&self) -> (Provider, Browser) {
        let provider = Provider::start(&self.callback()).await;
        let admin = self.browser();
        admin.enter_setup_code(SETUP_CODE).await;
        let report = admin.connect(&form(&provider)).await;
        assert_eq!(
            report.status(),
            StatusCode::OK,
            "{}",
            report.text().await.expect("a body")
        );
        (provider, admin)
    }
}

/// The form with all values right.
pub fn form(provider: &Provider) -> ConnectionForm {
    ConnectionForm {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        issuer: provider.issuer.clone(),
        ..ConnectionForm::default()
    }
}

/// A role table of pairs, group and role.
pub fn table(rules: &[(&str, &str)]) -> RoleTable {
    RoleTable {
        rules: rules
            .iter()
            .map(|(group, role)| RoleRule::new(*group, *role))
            .collect(),
        default_role: None,
    }
}

fn router(okta: &Okta) -> Router {
    let page = || async { SECRET_OF_THE_PAGE };
    Router::new()
        .route("/", get(|| async { "home" }))
        .route("/whoami", get(whoami))
        .route("/protected", get(page).post(page).layer(require_auth()))
        .route("/api/protected", get(page).layer(require_auth()))
        .route("/editors", get(page).layer(require_auth().role("editor")))
        .route(
            "/writers",
            get(page).layer(require_auth().any_role(["editor", "author"])),
        )
        .route(
            "/engineers",
            get(page).layer(require_auth().group("Engineering")),
        )
        .route(
            "/engineering-editors",
            get(page).layer(require_auth().role("editor").group("Engineering")),
        )
        .route("/settings", settings_route())
        .route("/anything", post(|| async { "done" }))
        .route("/sends-to-sign-in", get(sends_to_sign_in))
        .route("/note", get(read_note).post(leave_note))
        .layer(okta.layer())
}

/// A guard that the app wrote itself, and that forgot to leave the page out.
async fn sends_to_sign_in() -> impl IntoResponse {
    let headers = [(header::LOCATION, "/login?return_to=%2F")];
    (StatusCode::SEE_OTHER, headers, SECRET_OF_THE_PAGE)
}

/// The app keeps something of its own in the session.
async fn leave_note(session: Session) -> StatusCode {
    let left = session.insert("note", "left here").await;
    left.map_or(StatusCode::INTERNAL_SERVER_ERROR, |()| {
        StatusCode::NO_CONTENT
    })
}

async fn read_note(session: Session) -> Json<Value> {
    Json(json!(session.get::<String>("note").await.ok()))
}

async fn whoami(identity: Option<Identity>) -> Json<Value> {
    Json(json!({ "subject": identity.map(|identity| identity.subject) }))
}

/// Keeps cookies, follows nothing.
pub struct Browser {
    client: Client,
    url: String,
}

impl Browser {
    pub fn new(url: &str) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        Self {
            client,
            url: url.to_owned(),
        }
    }

    /// An address of the app, or a whole one.
    pub fn address(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            path.to_owned()
        }
    }

    pub fn request(&self, method: http::Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.address(path))
    }

    /// Asks for a page as a person's browser does.
    pub async fn page(&self, path: &str) -> Response {
        self.request(http::Method::GET, path)
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .send()
            .await
            .expect("an answer")
    }

    /// Asks as a program does.
    pub async fn api(&self, path: &str) -> Response {
        self.request(http::Method::GET, path)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn post(&self, path: &str) -> Response {
        self.request(http::Method::POST, path)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn try_setup_code(&self, code: &str) -> Response {
        self.request(http::Method::POST, "/api/okta/setup")
            .json(&json!({ "setup": code }))
            .send()
            .await
            .expect("an answer")
    }

    pub async fn enter_setup_code(&self, code: &str) {
        assert_eq!(
            self.try_setup_code(code).await.status(),
            StatusCode::NO_CONTENT
        );
    }

    pub async fn set_roles(&self, table: &RoleTable) -> Response {
        self.request(http::Method::PUT, "/api/okta/roles")
            .json(table)
            .send()
            .await
            .expect("an answer")
    }

    /// Who is signed in, as the app's JSON says.
    pub async fn identity(&self) -> Value {
        let answer = self.api("/api/identity").await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.expect("an identity")
    }

    pub async fn connect(&self, form: &ConnectionForm) -> Response {
        self.request(http::Method::PUT, "/api/okta/connections/okta")
            .json(form)
            .send()
            .await
            .expect("an answer")
    }

    /// Goes to the sign-in; gives the provider's answer, which is the way back.
    pub async fn to_provider_and_back(&self, return_to: &str) -> String {
        let login = self.page(&format!("/login?return_to={return_to}")).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
        location(&self.page(&location(&login)).await)
    }

    /// The whole way; gives the answer of the callback.
    pub async fn sign_in(&self, return_to: &str) -> Response {
        let callback = self.to_provider_and_back(return_to).await;
        self.page(&callback).await
    }

    pub async fn is_signed_in(&self) -> bool {
        self.api("/api/identity").await.status() == StatusCode::OK
    }
}

pub fn location(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION);
    location
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// The session cookie that an answer sets.
pub fn session_id(answer: &Response) -> String {
    cookie(answer, "okta_session")
}

/// The value of a cookie that an answer sets.
pub fn cookie(answer: &Response, name: &str) -> String {
    let mut cookies = answer.cookies();
    let cookie = cookies.find(|cookie| cookie.name() == name);
    cookie.expect("the cookie").value().to_owned()
}

pub fn cache_control(response: &Response) -> &str {
    let value = response.headers().get(header::CACHE_CONTROL);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The outcome of each check, by name.
pub async fn outcomes(response: Response) -> Value {
    let report: Value = response.json().await.expect("a report");
    report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| {
            (
                check["name"].as_str().expect("a name").to_owned(),
                check["outcome"].clone(),
            )
        })
        .collect()
}
