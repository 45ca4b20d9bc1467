//! Who is signed in: for admins, who can end it, and for everybody, who can end their own.

mod admins;
mod hook;
mod own;
mod servers;

use axum_okta::OktaBuilder;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{App, Browser, Provider, Redis, ada, grace, postgres, session_id};

const SESSIONS: &str = "/api/okta/sessions";
const OWN: &str = "/api/identity/sessions";

/// Grace, who is the admin, and Ada in two browsers.
struct People {
    app: App,
    provider: Provider,
    admin: Browser,
    ada: [Browser; 2],
}

impl People {
    async fn signed_in() -> Self {
        Self::signed_in_at(App::start().await).await
    }

    async fn signed_in_at(app: App) -> Self {
        let (provider, admin) = app.connected().await;
        provider.now().person = grace();
        admin.sign_in("/").await;
        let first = app.signed_in(&provider, ada()).await;
        let second = app.signed_in(&provider, ada()).await;
        Self {
            app,
            provider,
            admin,
            ada: [first, second],
        }
    }

    /// Who is still signed in: Grace, Ada, Ada again.
    async fn are_signed_in(&self) -> [bool; 3] {
        [
            self.admin.is_signed_in().await,
            self.ada[0].is_signed_in().await,
            self.ada[1].is_signed_in().await,
        ]
    }
}

/// The id of the session of this browser.
async fn id_of(browser: &Browser) -> String {
    let own: Value = browser.json(OWN).await;
    let sessions = own["sessions"].as_array().unwrap();
    let mut current = sessions
        .iter()
        .filter(|session| session["is_current"] == true);
    let id = current.next().unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(current.next(), None);
    id
}

fn ids(page: &Value) -> Vec<String> {
    let sessions = page["sessions"].as_array().unwrap().iter();
    sessions
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}

/// In order of their names.
fn subjects(page: &Value) -> Vec<&str> {
    let sessions = page["sessions"].as_array().unwrap().iter();
    let mut subjects: Vec<_> = sessions
        .map(|session| session["subject"].as_str().unwrap())
        .collect();
    subjects.sort_unstable();
    subjects
}

async fn delete(browser: &Browser, path: &str) -> StatusCode {
    let answer = browser.request(Method::DELETE, path).send().await;
    answer.unwrap().status()
}

async fn delete_with(browser: &Browser, path: &str, body: Value) -> (StatusCode, Value) {
    let request = browser.request(Method::DELETE, path).json(&body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}
