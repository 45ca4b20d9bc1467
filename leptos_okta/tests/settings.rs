//! The settings page of an app that asks a resolver of its own, in a browser without JavaScript.
#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum_okta::Okta;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_okta::{OktaSection, OktaSettings, provide_okta};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

const SETUP_CODE: &str = "a-setup-code-for-tests";
const PAGE: &str = "/settings/okta/connection?connection=acme";

#[component]
fn App() -> impl IntoView {
    provide_okta();
    view! {
        <Router>
            <Routes fallback=|| "Not found">
                <Route path=(path!("/settings/okta"), OktaSection) ssr=SsrMode::Async view=OktaSettings/>
            </Routes>
        </Router>
    }
}

/// The only TXT record that there is, by its name. `None` while nobody can be asked.
type Dns = Arc<Mutex<Option<(String, String)>>>;

/// An app that listens, and an admin's browser.
struct Site {
    url: String,
    dns: Dns,
    admin: Client,
    _folder: TempDir,
}

impl Site {
    /// With two connections whose Okta isn't asked.
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let dns = Dns::default();
        let okta = okta(&url, &folder, dns.clone()).await;
        let options = LeptosOptions::builder().output_name("test").build();
        let routes = generate_route_list(App);
        let app = axum::Router::new()
            .leptos_routes(&options, routes, || {
                view! {
                    <!DOCTYPE html>
                    <html>
                        <head></head>
                        <body>
                            <App/>
                        </body>
                    </html>
                }
            })
            .with_state(options)
            .layer(okta.layer());
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, service).into_future());
        let admin = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none());
        let site = Self {
            url,
            dns,
            admin: admin.build().unwrap(),
            _folder: folder,
        };
        site.connect().await;
        site
    }

    async fn connect(&self) {
        let setup = self.admin.post(format!("{}/api/okta/setup", self.url));
        let setup = setup.json(&json!({ "setup": SETUP_CODE })).send().await;
        assert_eq!(setup.unwrap().status(), StatusCode::NO_CONTENT);
        for name in ["okta", "acme"] {
            let connection = format!("{}/api/okta/connections/{name}?check=false", self.url);
            let issuer = format!("https://{name}.okta.com");
            let form = json!({ "client_id": "0oa1", "client_secret": "secret", "issuer": issuer });
            let connected = self.admin.put(connection).json(&form).send().await;
            assert_eq!(connected.unwrap().status(), StatusCode::OK);
        }
    }

    async fn page(&self, path: &str) -> String {
        let page = self.admin.get(format!("{}{path}", self.url)).send().await;
        let page = page.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        page.text().await.unwrap()
    }

    /// Presses a button beside the domain, and gives the page that this leads to.
    async fn press(&self, action: &str) -> String {
        let function = format!("{}/api/okta/change_domain", self.url);
        let fields = [
            ("page", PAGE),
            ("domain", "acme.example"),
            ("action", action),
        ];
        let request = self.admin.post(function).form(&fields);
        let answer = request.header(header::ACCEPT, "text/html").send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{action}");
        let page = answer.headers()[header::LOCATION].to_str().unwrap();
        self.page(page.split('#').next().unwrap()).await
    }
}

async fn okta(url: &str, folder: &TempDir, dns: Dns) -> Okta {
    let database = format!("sqlite:{}", folder.path().join("okta.db").display());
    let builder = Okta::builder()
        .base_url(url)
        .database(database)
        .setup_code(SETUP_CODE)
        .txt_records(move |name| {
            let known = dns.lock().unwrap().clone();
            async move {
                let (known, text) = known.ok_or("no answer")?;
                Ok(Vec::from_iter((known == name).then_some(text)))
            }
        });
    let okta = builder.open().await.unwrap();
    okta.prepare_setup().await.unwrap();
    okta
}

/// The code in a page that begins like this.
fn code(page: &str, begin: &str) -> String {
    let (_, rest) = page.split_once(&format!("<code>{begin}")).unwrap();
    let (rest, _) = rest.split_once("</code>").unwrap();
    format!("{begin}{rest}")
}

#[tokio::test]
async fn check_dns_says_what_was_found_and_a_record_makes_the_domain_count() {
    let site = Site::start().await;
    let page = site.press("claim").await;
    assert!(page.contains("Not verified"), "{page}");
    assert!(page.contains("Check DNS"), "{page}");
    assert!(!page.contains("A check failed"), "none ran: {page}");
    let name = code(&page, "_okta-sign-in");
    assert_eq!(name, "_okta-sign-in.acme.example");
    let record = code(&page, "okta-sign-in-verification=");

    let page = site.press("check").await;
    assert!(page.contains("respond. The server"), "{page}");
    *site.dns.lock().unwrap() = Some((name.clone(), "v=spf1 -all".to_owned()));
    let page = site.press("check").await;
    assert!(page.contains("have this TXT record yet"), "{page}");
    assert!(page.contains("Not verified"), "{page}");
    *site.dns.lock().unwrap() = Some((name, record));
    let page = site.press("check").await;
    assert!(page.contains("Verified"), "{page}");
    assert!(
        !page.contains("Not verified") && !page.contains("Check DNS"),
        "{page}"
    );
}

/// A page that was open for long would write what was in use then.
#[tokio::test]
async fn the_section_connection_sends_nothing_of_what_the_section_provisioning_sets() {
    let site = Site::start().await;
    let options = json!({
        "provisioned_roles": true,
        "provisioned_claims": [{ "attribute": "title", "claim": "job" }],
    });
    let path = "/api/okta/connections/acme/provisioning";
    let set = site.admin.put(format!("{}{path}", site.url));
    let set = set.json(&options).send().await.unwrap();
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    let page = site.page(PAGE).await;
    assert!(page.contains("typed[client_id]"), "{page}");
    assert!(!page.contains("typed[provisioned_roles]"), "{page}");
    assert!(!page.contains("typed[provisioned_claims]"), "{page}");
}
