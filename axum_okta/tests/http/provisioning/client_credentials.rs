//! OAuth 2 client credentials (RFC 6749 §4.4) with a signature in place of a secret (RFC 7523).

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};

use super::{PROVISIONING, Pushing, ada, on_both, send};
use crate::harness::{App, Browser, Signature, Signed, form};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

on_both! {
    a_client_gets_a_token_by_its_signature_and_provisions_with_it
    an_assertion_counts_once
    a_client_that_is_deleted_takes_its_tokens_with_it
}

impl Pushing {
    fn token_endpoint(&self) -> String {
        format!("{}/scim/oauth/token", self.app.url)
    }

    async fn register(&self, keys: &Value) -> Response {
        let path = format!("{PROVISIONING}/clients");
        let body = json!({ "jwks": keys });
        self.admin.send_json(Method::POST, &path, &body).await
    }

    /// The ID of a client with the provider's keys.
    async fn client(&self) -> String {
        let made = self.register(&self.provider.key_set().await).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        let made: Value = made.json().await.unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    fn assertion(&self, client: &str, change: impl FnOnce(&mut Signed)) -> String {
        let endpoint = self.token_endpoint();
        self.provider.client_assertion(client, &endpoint, change)
    }

    async fn ask(&self, fields: &[(&str, &str)]) -> Response {
        let request = self.client.request(Method::POST, "/scim/oauth/token");
        request.form(fields).send().await.expect("an answer")
    }

    async fn ask_with(&self, assertion: &str) -> Response {
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", "scim"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        self.ask(&fields).await
    }

    /// A token that a client is given.
    async fn token_of(&self, client: &str) -> String {
        let given = self.ask_with(&self.assertion(client, |_| {})).await;
        assert_eq!(given.status(), StatusCode::OK);
        let given: Value = given.json().await.unwrap();
        given["access_token"].as_str().unwrap().to_owned()
    }

    async fn list_with(&self, token: &str) -> StatusCode {
        let path = "/Users";
        send(&self.client, token, Method::GET, path, Value::Null, &[])
            .await
            .status
    }

    async fn state(&self) -> Value {
        self.admin.json(PROVISIONING).await
    }
}

async fn error_of(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let error: Value = response.json().await.unwrap();
    (status, error["error"].as_str().unwrap().to_owned())
}

async fn a_client_gets_a_token_by_its_signature_and_provisions_with_it(okta: Pushing) {
    for signature in [
        Signature::Key(0),
        Signature::With("ES256"),
        Signature::With("PS256"),
    ] {
        okta.provider.now().signature = signature;
        let client = okta.client().await;
        let given = okta.ask_with(&okta.assertion(&client, |_| {})).await;
        assert_eq!(given.status(), StatusCode::OK);
        assert_eq!(given.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(given.headers()[header::PRAGMA], "no-cache");
        let given: Value = given.json().await.unwrap();
        assert_eq!(given["token_type"], "Bearer");
        assert_eq!(given["expires_in"], 3600);
        assert_eq!(given["scope"], "scim");
        let token = given["access_token"].as_str().unwrap();
        assert!(!okta.app.stores(token));
        let answer = send(&okta.client, token, Method::POST, "/Users", ada(), &[]).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let path = format!("/Users/{}", answer.id());
        send(&okta.client, token, Method::DELETE, &path, Value::Null, &[]).await;
        let state = okta.state().await;
        assert_eq!(state["token_endpoint"], json!(okta.token_endpoint()));
        assert_eq!(state["clients"][0]["id"], json!(client));
        assert!(state["clients"][0]["last_used_at"].is_i64());
        let tokens = state["tokens"].as_array().unwrap();
        let of_client = tokens.iter().find(|token| token["client"] == json!(client));
        let of_client = of_client.expect("its token is listed");
        assert!(of_client["expires_at"].is_i64());
        // It can be revoked like any other.
        let id = of_client["id"].as_str().unwrap();
        let path = format!("{PROVISIONING}/tokens/{id}");
        okta.admin
            .send_json(Method::DELETE, &path, &Value::Null)
            .await;
        assert_eq!(okta.list_with(token).await, StatusCode::UNAUTHORIZED);
        let path = format!("{PROVISIONING}/clients/{client}");
        okta.admin
            .send_json(Method::DELETE, &path, &Value::Null)
            .await;
    }
    let audit = okta.admin.audit().await;
    let events = audit.as_array().unwrap().iter();
    let of_clients = events.filter(|entry| entry["event"] == "scim_client_made");
    assert_eq!(of_clients.count(), 3);
}

async fn an_assertion_counts_once(okta: Pushing) {
    let client = okta.client().await;
    let assertion = okta.assertion(&client, |_| {});
    assert_eq!(okta.ask_with(&assertion).await.status(), StatusCode::OK);
    let again = error_of(okta.ask_with(&assertion).await).await;
    assert_eq!(
        again,
        (StatusCode::UNAUTHORIZED, "invalid_client".to_owned())
    );
    // For an admin to read.
    let newest = okta.admin.audit().await[0].take();
    assert_eq!(newest["event"], "provisioning_refused");
    assert_eq!(newest["connection"], "okta");
    let detail = newest["detail"].as_str().unwrap();
    assert!(detail.contains("was used before") && detail.contains(&client));
    // Of the same at once, one counts.
    let assertion = okta.assertion(&client, |_| {});
    let asked = (0..4).map(|_| okta.ask_with(&assertion));
    let answers = futures::future::join_all(asked).await;
    let given = answers.iter().filter(|answer| answer.status().is_success());
    assert_eq!(given.count(), 1);
}

async fn a_client_that_is_deleted_takes_its_tokens_with_it(okta: Pushing) {
    let client = okta.client().await;
    let token = okta.token_of(&client).await;
    assert_eq!(okta.list_with(&token).await, StatusCode::OK);
    let path = format!("{PROVISIONING}/clients/{client}");
    let delete = async || {
        okta.admin
            .send_json(Method::DELETE, &path, &Value::Null)
            .await
    };
    assert_eq!(delete().await.status(), StatusCode::NO_CONTENT);
    assert_eq!(okta.list_with(&token).await, StatusCode::UNAUTHORIZED);
    let refused = okta.ask_with(&okta.assertion(&client, |_| {})).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(delete().await.status(), StatusCode::NOT_FOUND);
    let state = okta.state().await;
    assert_eq!(state["clients"], json!([]));
    assert_eq!(
        state["tokens"].as_array().unwrap().len(),
        1,
        "the admin's stays"
    );
    assert_eq!(okta.list_with(&okta.token).await, StatusCode::OK);
}

#[tokio::test]
async fn an_assertion_that_proves_nothing_gets_no_token() {
    let okta = Pushing::on_sqlite().await;
    let client = okta.client().await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let claim = |changes: Value| okta.assertion(&client, |token| token.claim(&changes));
    let header = |changes: Value| okta.assertion(&client, |token| token.header = changes);
    let signed = |signature| okta.assertion(&client, |token| token.signature = signature);
    let endpoint = okta.token_endpoint();
    let with_slash = format!("{endpoint}/");
    for (what, assertion) in [
        (
            "another audience",
            claim(json!({ "aud": "https://other.example" })),
        ),
        ("a prefix of it", claim(json!({ "aud": with_slash }))),
        (
            "two audiences",
            claim(json!({ "aud": [endpoint, "https://other.example"] })),
        ),
        ("no audience", claim(json!({ "aud": null }))),
        ("no exp", claim(json!({ "exp": null }))),
        ("expired", claim(json!({ "exp": now - 120 }))),
        ("for too long", claim(json!({ "exp": now + 600 }))),
        ("too early", claim(json!({ "nbf": now + 300 }))),
        ("from the future", claim(json!({ "iat": now + 300 }))),
        ("no jti", claim(json!({ "jti": null }))),
        ("an empty jti", claim(json!({ "jti": "" }))),
        ("another issuer", claim(json!({ "iss": "somebody" }))),
        (
            "another client",
            claim(json!({ "iss": "somebody", "sub": "somebody" })),
        ),
        ("a NUL", claim(json!({ "iss": "a\u{0}", "sub": "a\u{0}" }))),
        ("a logout token", header(json!({ "typ": "logout+jwt" }))),
        ("an access token", header(json!({ "typ": "at+jwt" }))),
        ("an unknown crit", header(json!({ "crit": ["b64"] }))),
        ("no signature", signed(Signature::None)),
        ("a broken signature", signed(Signature::Broken)),
        ("another key", signed(Signature::Key(1))),
        (
            "the public key as a secret",
            signed(Signature::PublicKeyAsSecret),
        ),
        ("no JWT", "hunter2".to_owned()),
    ] {
        let (status, error) = error_of(okta.ask_with(&assertion).await).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(error, "invalid_client", "{what}");
    }
    // Nobody is given anything, and what is right counts.
    let tokens = okta.state().await["tokens"].as_array().unwrap().len();
    assert_eq!(tokens, 1);
    let base = format!("{}/scim/v2/okta", okta.app.url);
    for right in [
        claim(json!({ "aud": base })),
        claim(json!({ "aud": [okta.token_endpoint()] })),
        header(json!({ "typ": "JWT" })),
        header(json!({ "typ": "client-authentication+jwt" })),
        header(json!({ "kid": null })),
    ] {
        assert_eq!(okta.ask_with(&right).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_request_that_is_no_request_for_a_token_is_told_so() {
    let okta = Pushing::on_sqlite().await;
    let client = okta.client().await;
    let assertion = okta.assertion(&client, |_| {});
    let assertion = ("client_assertion", &*assertion);
    let kind = ("client_assertion_type", JWT_BEARER);
    let grant = ("grant_type", "client_credentials");
    for (fields, error) in [
        (vec![kind, assertion], "invalid_request"),
        (vec![grant, grant, kind, assertion], "invalid_request"),
        (vec![grant, kind, assertion, assertion], "invalid_request"),
        (
            vec![grant, kind, assertion, ("client_secret", "hunter2")],
            "invalid_request",
        ),
        (
            vec![("grant_type", "authorization_code"), kind, assertion],
            "unsupported_grant_type",
        ),
        (
            vec![grant, kind, assertion, ("scope", "scim admin")],
            "invalid_scope",
        ),
    ] {
        let answer = error_of(okta.ask(&fields).await).await;
        assert_eq!(
            answer,
            (StatusCode::BAD_REQUEST, error.to_owned()),
            "{fields:?}"
        );
    }
    for fields in [
        vec![grant],
        vec![grant, assertion],
        vec![grant, ("client_assertion_type", "urn:saml"), assertion],
        vec![grant, kind, assertion, ("client_id", "another")],
    ] {
        let (status, error) = error_of(okta.ask(&fields).await).await;
        assert_eq!(
            (status, &*error),
            (StatusCode::UNAUTHORIZED, "invalid_client")
        );
    }
    let request = || okta.client.request(Method::POST, "/scim/oauth/token");
    let body = json!({ "grant_type": "client_credentials" });
    let json = request().json(&body).send().await.unwrap();
    assert_eq!(json.status(), StatusCode::BAD_REQUEST);
    let basic = request()
        .basic_auth("a", Some("b"))
        .form(&[grant, kind, assertion]);
    assert_eq!(
        basic.send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    // Whatever was refused has used nothing up, and a program may run in a browser's page.
    let right = request()
        .header("origin", "https://dev-1.okta.com")
        .header("sec-fetch-site", "cross-site")
        .form(&[grant, kind, assertion, ("client_id", &*client)]);
    assert_eq!(right.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn keys_that_are_private_or_none_are_not_registered() {
    let okta = Pushing::on_sqlite().await;
    let mut keys = okta.provider.key_set().await;
    let private = "a-private-exponent-in-base64url";
    keys["keys"][0]["d"] = json!(private);
    for (keys, reason) in [
        (keys, "private key"),
        (json!({ "keys": [] }), "JWK set"),
        (json!("not json"), "JWK set"),
        (json!("-----BEGIN PRIVATE KEY-----"), "private key"),
    ] {
        let refused = okta.register(&keys).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem = refused.text().await.unwrap();
        assert!(problem.contains(reason), "{problem}");
    }
    assert!(!okta.app.stores(private));
    assert_eq!(okta.state().await["clients"], json!([]));
    // As text, as it is pasted; and there are two at a time.
    let pasted = json!(okta.provider.key_set().await.to_string());
    for status in [
        StatusCode::CREATED,
        StatusCode::CREATED,
        StatusCode::CONFLICT,
    ] {
        assert_eq!(okta.register(&pasted).await.status(), status);
    }
}

#[tokio::test]
async fn a_token_of_a_client_counts_for_an_hour_and_no_client_has_many() {
    let okta = Pushing::on_sqlite().await;
    let client = okta.client().await;
    let token = okta.token_of(&client).await;
    for _ in 0..12 {
        okta.token_of(&client).await;
    }
    let of_client = async || {
        let state = okta.state().await;
        let tokens = state["tokens"].as_array().unwrap().iter();
        tokens.filter(|token| token["client"].is_string()).count()
    };
    assert_eq!(of_client().await, 10);
    let expired = "UPDATE okta_scim_token SET expires_at = 1 WHERE client <> ''";
    sqlx::query(expired)
        .execute(&mut okta.app.sql().await)
        .await
        .unwrap();
    assert_eq!(okta.list_with(&token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(of_client().await, 0);
}

#[tokio::test]
async fn a_client_counts_for_its_connection_alone() {
    let okta = Pushing::on_sqlite().await;
    let other = crate::harness::Provider::start(&format!("{}/acme", okta.app.callback())).await;
    let connected = okta.admin.connect_as("acme", &form(&other)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let path = "/api/okta/connections/acme/provisioning/clients";
    let body = json!({ "jwks": okta.provider.key_set().await });
    let made = okta.admin.send_json(Method::POST, path, &body).await;
    let made: Value = made.json().await.unwrap();
    let client = made["id"].as_str().unwrap();
    let token = okta.token_of(client).await;
    assert_eq!(okta.list_with(&token).await, StatusCode::UNAUTHORIZED);
    let own = okta.client.request(Method::GET, "/scim/v2/acme/Users");
    let own = own.bearer_auth(&token).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    let base = format!("{}/scim/v2/okta", okta.app.url);
    let for_another = okta.assertion(client, |token| token.claim(&json!({ "aud": base })));
    let refused = okta.ask_with(&for_another).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    // Nobody deletes another connection's.
    let path = format!("{PROVISIONING}/clients/{client}");
    let deleted = okta
        .admin
        .send_json(Method::DELETE, &path, &Value::Null)
        .await;
    assert_eq!(deleted.status(), StatusCode::NOT_FOUND);
    okta.admin
        .send_json(Method::DELETE, "/api/okta/connections/acme", &Value::Null)
        .await;
    let refused = okta.ask_with(&okta.assertion(client, |_| {})).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_admins_register_clients() {
    let okta = Pushing::on_sqlite().await;
    let nobody: &Browser = &okta.app.browser();
    let person = &okta.signed_in_as_ada().await;
    let path = format!("{PROVISIONING}/clients");
    let body = json!({ "jwks": okta.provider.key_set().await });
    for (browser, status) in [
        (nobody, StatusCode::UNAUTHORIZED),
        (person, StatusCode::FORBIDDEN),
    ] {
        let refused = browser.send_json(Method::POST, &path, &body).await;
        assert_eq!(refused.status(), status);
        let refused = browser
            .send_json(Method::PUT, PROVISIONING, &json!({}))
            .await;
        assert_eq!(refused.status(), status);
    }
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_to_wait() {
    let app = App::start_with(|builder| builder.prefix("/auth")).await;
    let ask = async || {
        let request = app
            .browser()
            .request(Method::POST, "/auth/scim/oauth/token");
        let fields = [("grant_type", "client_credentials")];
        request.form(&fields).send().await.unwrap()
    };
    let refused = async {
        loop {
            let answer = ask().await;
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                return answer;
            }
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        }
    };
    let refused = refused.await;
    assert_eq!(refused.headers()[header::RETRY_AFTER], "30");
}
