//! Without refresh tokens and without an API token, the person's browser asks Okta, with a page
//! that goes there and back and shows nothing of it (`prompt=none`).

use axum_okta::connection::MissingGroups;
use futures::future::join_all;
use http::{Method, StatusCode};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::until;
use crate::harness::{
    App, Behaviour, Browser, PATIENCE, Provider, ada, form_with, grace, location, parameters, table,
};

/// An app that asks about people as often as this, in seconds; Ada's browser, and an admin's.
struct Stage {
    app: App,
    provider: Provider,
    admin: Browser,
    ada: Browser,
}

impl Stage {
    async fn asking_every(seconds: u64) -> Self {
        let app = App::start().await;
        let (provider, admin) = app.ready_to_connect().await;
        ask_every(seconds, &provider, &admin).await;
        let ada = app.signed_in(&provider, ada()).await;
        provider.now().remembers = true;
        Self {
            app,
            provider,
            admin,
            ada,
        }
    }

    /// From now on nothing is due, however slow the machine is.
    async fn asks_rarely(&self) {
        ask_every(3600, &self.provider, &self.admin).await;
    }

    /// Waits until it is time, and opens the page; gives the address at the provider.
    async fn sent_to_okta(&self) -> String {
        let mut page = self.ada.page("/protected").await;
        until(async || {
            page = self.ada.page("/protected").await;
            page.status() == StatusCode::SEE_OTHER
        })
        .await;
        let login = location(&page);
        assert_eq!(login, "/login?return_to=%2Fprotected");
        location(&self.ada.page(&login).await)
    }

    /// What becomes of the visit at the provider.
    async fn back(&self, at_okta: &str) -> Response {
        let callback = location(&self.ada.page(at_okta).await);
        let back = self.ada.page(&callback).await;
        assert_eq!(back.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&back), "/protected", "in any case");
        back
    }

    /// Why a session has ended, by the admin's trail.
    async fn reason(&self) -> String {
        let shown = self.admin.audit().await;
        let entries = shown.as_array().unwrap();
        let ended = entries
            .iter()
            .find(|entry| entry["event"] == "session_ended");
        let detail = ended.map(|entry| entry["detail"].as_str().unwrap().to_owned());
        detail.unwrap_or_default()
    }

    async fn opens(&self) -> StatusCode {
        self.ada.page("/protected").await.status()
    }
}

async fn ask_every(seconds: u64, provider: &Provider, admin: &Browser) {
    let form = form_with(provider, |form| form.options.recheck_seconds = seconds);
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_page_goes_to_okta_and_back_and_the_same_session_goes_on() {
    let stage = Stage::asking_every(1).await;
    let before = stage.ada.identity().await;
    let id = stage.ada.json::<Value>("/api/identity/sessions").await["sessions"][0]["id"].take();
    let mut changed = ada();
    changed["name"] = json!("Ada King");
    changed["groups"] = json!(["Editors"]);
    stage.provider.now().person = changed;
    stage.provider.now().id_token = json!({ "sid": "another sid", "auth_time": 7 });
    stage
        .admin
        .set_roles(&table(&[("Editors", "editor")]))
        .await;

    let at_okta = stage.sent_to_okta().await;
    stage.asks_rarely().await;
    let asked = parameters(&at_okta);
    assert_eq!(asked["prompt"], "none");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(!asked.contains_key("id_token_hint"));
    let back = stage.back(&at_okta).await;
    assert_eq!(
        back.cookies()
            .filter(|it| it.name() == "okta_session")
            .count(),
        0
    );
    assert_eq!(stage.opens().await, StatusCode::OK);

    let after = stage.ada.identity().await;
    assert_eq!(after["name"], "Ada King");
    assert_eq!(after["roles"], json!(["editor"]));
    assert_eq!(after["auth_time"], 7);
    for kept in ["subject", "issuer", "signed_in_at", "expires_at"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    let now = stage.ada.json::<Value>("/api/identity/sessions").await["sessions"][0]["id"].take();
    assert_eq!(now, id, "the same session");
    // Okta's session has another name now.
    let issuer = &stage.provider.issuer;
    let frame = format!("/frontchannel-logout?iss={issuer}&sid=another%20sid");
    stage.app.browser().page(&frame).await;
    assert!(!stage.ada.is_signed_in().await);
}

#[tokio::test]
async fn only_a_page_that_somebody_opens_goes_to_okta() {
    let stage = Stage::asking_every(6).await;
    until(async || stage.opens().await == StatusCode::SEE_OTHER).await;
    let with = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let request = stage.ada.request(method, path);
        let headers = headers.iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.send().await.unwrap().status()
    };
    let page = ("accept", "text/html");
    for (method, path, headers) in [
        (Method::GET, "/api/protected", &[][..]),
        (Method::POST, "/protected", &[page]),
        (Method::HEAD, "/protected", &[page]),
        (
            Method::GET,
            "/protected",
            &[page, ("sec-fetch-dest", "iframe")],
        ),
        (
            Method::GET,
            "/protected",
            &[page, ("sec-fetch-mode", "cors")],
        ),
        (
            Method::GET,
            "/protected",
            &[page, ("sec-purpose", "prefetch")],
        ),
        // It isn't guarded.
        (Method::GET, "/whoami", &[page]),
    ] {
        let status = with(method.clone(), path, headers).await;
        assert_eq!(status, StatusCode::OK, "{method} {path} {headers:?}");
    }
    let navigation = [
        page,
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let status = with(Method::GET, "/protected", &navigation).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(stage.provider.asked("silent"), 1, "at Connect");
}

/// Nobody opened a page for so long that nothing is known any more.
#[tokio::test]
async fn after_the_grace_a_program_is_refused_and_a_page_asks() {
    let stage = Stage::asking_every(1).await;
    until(async || !stage.ada.is_signed_in().await).await;
    let form = stage.ada.submit("/form", &[("name", "value")]).await;
    assert_eq!(form.status(), StatusCode::UNAUTHORIZED);
    let signed_in_at = |identity: Value| identity["signed_in_at"].clone();
    let at_okta = stage.sent_to_okta().await;
    stage.asks_rarely().await;
    stage.back(&at_okta).await;
    let identity = stage.ada.identity().await;
    let since = time::OffsetDateTime::now_utc().unix_timestamp();
    assert!(
        signed_in_at(identity).as_i64().unwrap() + 5 <= since,
        "the same session"
    );
}

#[tokio::test]
async fn whom_okta_would_have_to_ask_is_signed_out_and_asked() {
    for refusal in [
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
        "access_denied",
    ] {
        let stage = Stage::asking_every(1).await;
        let at_okta = stage.sent_to_okta().await;
        stage.asks_rarely().await;
        stage.provider.now().authorize_error = Some(json!({ "error": refusal }));
        stage.back(&at_okta).await;
        stage.provider.now().authorize_error = None;
        assert!(!stage.ada.is_signed_in().await, "{refusal}");
        assert!(stage.reason().await.contains(refusal));
        // The page asks for a sign-in, and comes back.
        let login = location(&stage.ada.page("/protected").await);
        let at_okta = location(&stage.ada.page(&login).await);
        assert!(!parameters(&at_okta).contains_key("prompt"));
        stage.back(&at_okta).await;
        assert_eq!(stage.opens().await, StatusCode::OK);
    }
}

#[tokio::test]
async fn somebody_else_at_okta_ends_the_session_and_is_not_signed_in() {
    let stage = Stage::asking_every(1).await;
    let at_okta = stage.sent_to_okta().await;
    stage.provider.now().person = grace();
    stage.back(&at_okta).await;
    assert_eq!(stage.ada.subject().await, Value::Null);
    let reason = stage.reason().await;
    assert!(reason.contains("somebody else"), "{reason}");
}

#[tokio::test]
async fn an_invalid_id_token_ends_the_session() {
    let stage = Stage::asking_every(1).await;
    let at_okta = stage.sent_to_okta().await;
    stage.provider.now().id_token = json!({ "nonce": "of another sign-in" });
    stage.back(&at_okta).await;
    assert!(!stage.ada.is_signed_in().await);
}

/// It says nothing about the person, and isn't asked again before the next interval.
#[tokio::test]
async fn whatever_else_okta_answers_the_session_goes_on_and_no_page_loops() {
    type Trouble = fn(&mut Behaviour);
    let troubles: [Trouble; 5] = [
        |okta| okta.authorize_error = Some(json!({ "error": "temporarily_unavailable" })),
        |okta| okta.authorize_error = Some(json!({ "error": "invalid_scope" })),
        |okta| okta.token_down = true,
        |okta| okta.token_error = Some(json!({ "error": "invalid_client" })),
        |okta| okta.callback = json!({ "iss": "https://another.example.com" }),
    ];
    let all = troubles
        .into_iter()
        .enumerate()
        .map(async |(number, trouble)| {
            let stage = Stage::asking_every(5).await;
            let at_okta = stage.sent_to_okta().await;
            trouble(&mut stage.provider.now());
            stage.back(&at_okta).await;
            assert_eq!(stage.opens().await, StatusCode::OK, "trouble {number}");
            assert_eq!(stage.opens().await, StatusCode::OK, "trouble {number}");
            assert_eq!(stage.reason().await, "", "trouble {number}");
        });
    join_all(all).await;
}

/// Nobody is sent to a page that isn't there.
#[tokio::test]
async fn while_okta_does_not_respond_nobody_is_sent_there() {
    let stage = Stage::asking_every(5).await;
    until(async || stage.opens().await == StatusCode::SEE_OTHER).await;
    stage.provider.now().discovery_fails();
    let login = stage.ada.page("/login?return_to=%2Fprotected").await;
    assert_eq!(location(&login), "/protected");
    assert_eq!(stage.opens().await, StatusCode::OK);
}

#[tokio::test]
async fn without_an_answer_the_session_ends_when_the_grace_does() {
    let stage = Stage::asking_every(1).await;
    let at_okta = stage.sent_to_okta().await;
    let down = json!({ "error": "temporarily_unavailable" });
    stage.provider.now().authorize_error = Some(down);
    stage.back(&at_okta).await;
    until(async || !stage.ada.is_signed_in().await).await;
    until(async || stage.reason().await.contains("has not answered since")).await;
}

/// What comes back late is about nobody who is signed in since.
#[tokio::test]
async fn an_answer_about_somebody_else_changes_nothing() {
    for refused in [false, true] {
        let stage = Stage::asking_every(1).await;
        let at_okta = stage.sent_to_okta().await;
        stage.asks_rarely().await;
        stage.provider.now().remembers = !refused;
        let callback = location(&stage.ada.page(&at_okta).await);
        stage.ada.post("/logout").await;
        stage.provider.now().person = grace();
        stage.ada.sign_in("/").await;
        stage.provider.now().person = ada();
        let back = stage.ada.page(&callback).await;
        assert_eq!(location(&back), "/protected");
        assert_eq!(stage.ada.subject().await, "00u2grace");
    }
}

/// Roles would be lost.
#[tokio::test]
async fn without_groups_that_are_required_the_session_goes_on_as_it_was() {
    let stage = Stage::asking_every(1).await;
    let before = stage.ada.identity().await["groups"].take();
    let at_okta = stage.sent_to_okta().await;
    let refuse = form_with(&stage.provider, |form| {
        form.options.missing_groups = MissingGroups::Refuse;
    });
    assert_eq!(stage.admin.connect(&refuse).await.status(), StatusCode::OK);
    stage.provider.now().id_token = json!({ "groups": null });
    stage.provider.now().userinfo = json!({ "groups": null });
    stage.back(&at_okta).await;
    assert_eq!(stage.ada.identity().await["groups"], before);
}

/// Whoever opens no page is not asked about.
#[tokio::test]
async fn a_long_connection_ends_when_the_grace_is_over() {
    let stage = Stage::asking_every(1).await;
    let waiting = stage.ada.api("/until-ended");
    let ended = timeout(PATIENCE, waiting).await.expect("ended");
    assert_eq!(ended.text().await.unwrap(), "ended");
    assert!(!stage.ada.is_signed_in().await);
}
