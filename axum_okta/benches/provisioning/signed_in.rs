//! What people do who sign in: the callback, and a guarded request.

use std::time::Instant;

use axum_okta::OktaBuilder;
use http::{StatusCode, header};
use reqwest::Client;
use serde_json::json;

use crate::{
    harness::{answer::session_id, app::App, provider::Provider},
    okta::{email, subject},
    times::Times,
};

/// Of each kind, one after the other.
const SIGN_INS: usize = 500;

pub struct SignedIn {
    pub callback: Times,
    /// The first request after a restart, which reads the session from the database.
    pub read: Times,
    pub again: Times,
}

/// Every so many of the people signs in, and then the app is restarted. Gives it, and a session of somebody.
pub async fn measure(
    app: App,
    provider: &Provider,
    people: usize,
    on: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> (App, SignedIn, String) {
    let mut callback = Times::default();
    let mut cookies = Vec::new();
    for number in (0..people).step_by((people / SIGN_INS).max(1)) {
        let (email, subject) = (email(number), subject(number));
        provider.now().person = json!({ "sub": subject, "name": subject, "email": email });
        let browser = app.browser();
        let back = browser.to_provider_and_back("/").await;
        let begun = Instant::now();
        let done = browser.page(&back).await;
        callback.add(begun.elapsed());
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        cookies.push(session_id(&done));
    }
    // It remembers nobody.
    let app = app.restart_with(on).await;
    let client = Client::new();
    let guarded = async || {
        let mut times = Times::default();
        for cookie in &cookies {
            times.add(ask(&client, &app.url, cookie).await);
        }
        times
    };
    let (read, again) = (guarded().await, guarded().await);
    let session = cookies.swap_remove(0);
    let signed_in = SignedIn {
        callback,
        read,
        again,
    };
    (app, signed_in, session)
}

/// How long a guarded request with this session takes.
pub async fn ask(client: &Client, app: &str, session: &str) -> std::time::Duration {
    let request = client
        .get(format!("{app}/api/protected"))
        .header(header::COOKIE, format!("okta_session={session}"));
    let begun = Instant::now();
    let answer = request.send().await.unwrap();
    let took = begun.elapsed();
    assert_eq!(answer.status(), StatusCode::OK);
    took
}
