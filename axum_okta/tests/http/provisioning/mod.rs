//! Provisioning: Okta pushes people and groups by SCIM 2.0.

mod discovery;
mod effects;
mod faults;
mod lists;
mod okta;
mod patch;
mod property;
mod resources;
mod servers;
mod testers;
mod tokens;

use axum_okta::OktaBuilder;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{App, Browser, Provider, grace, postgres};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const PROVISIONING: &str = "/api/okta/connections/okta/provisioning";

/// An app, and an Okta that pushes to it.
pub struct Pushing {
    pub app: App,
    pub provider: Provider,
    /// Grace, an admin.
    pub admin: Browser,
    /// Where Okta pushes from. One for all requests: making one takes longer than a request.
    pub client: Browser,
    pub token: String,
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn id(&self) -> String {
        self.body["id"].as_str().expect("an ID").to_owned()
    }

    pub fn tag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }
}

impl Pushing {
    async fn on_sqlite() -> Self {
        Self::to(App::start().await).await
    }

    async fn on_postgres() -> Self {
        let url = postgres::database().await;
        Self::to(App::start_with(on(&url)).await).await
    }

    async fn to(app: App) -> Self {
        let (provider, admin) = app.connected().await;
        provider.now().person = grace();
        assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
        let token = new_token(&admin, "okta").await;
        Self {
            client: app.browser(),
            app,
            provider,
            admin,
            token,
        }
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send_with(method, path, body, &[]).await
    }

    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        send(&self.client, &self.token, method, path, body, headers).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Value::Null).await
    }

    /// Those that a filter finds.
    pub async fn find(&self, endpoint: &str, filter: &str) -> Answer {
        self.get(&format!("/{endpoint}?filter={}", encoded(filter)))
            .await
    }

    pub async fn create(&self, path: &str, body: Value) -> Answer {
        let created = self.send(Method::POST, path, body).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
        created
    }

    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
        self.send(Method::PATCH, path, body).await
    }

    /// Patches, which succeeds.
    pub async fn patched(&self, path: &str, operations: Value) -> Answer {
        let answer = self.patch(path, operations).await;
        assert!(
            answer.status.is_success(),
            "{} {}",
            answer.status,
            answer.body
        );
        answer
    }

    /// The IDs of a group's members.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let group = self.get(&format!("/Groups/{group}")).await;
        let members = group.body["members"].as_array().expect("members");
        let ids = members
            .iter()
            .map(|member| member["value"].as_str().unwrap().to_owned());
        ids.collect()
    }

    /// Changes options of the connection, as an admin.
    pub async fn set(&self, change: impl FnOnce(&mut axum_okta::connection::ConnectionForm)) {
        let form = crate::harness::form_with(&self.provider, change);
        let changed = self.admin.connect(&form).await;
        assert_eq!(
            changed.status(),
            StatusCode::OK,
            "{}",
            changed.text().await.unwrap()
        );
    }
}

pub async fn send(
    client: &Browser,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = client
        .request(method, &format!("/scim/v2/okta{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::USER_AGENT, "Okta SCIM Client 1.0.0")
        .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer {
        status,
        headers,
        body,
    }
}

pub async fn new_token(admin: &Browser, connection: &str) -> String {
    let path = format!("/api/okta/connections/{connection}/provisioning/tokens");
    let made = admin.post(&path).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    made["token"].as_str().expect("a token").to_owned()
}

pub fn on(url: &str) -> impl Fn(OktaBuilder) -> OktaBuilder + Clone {
    let url = url.to_owned();
    move |builder| builder.database(&url).encryption_key(KEY.to_owned())
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Ada as Okta creates her.
pub fn ada() -> Value {
    person("ada@example.com", "00u1ada")
}

pub fn person(name: &str, subject: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": name,
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "primary": true, "value": name, "type": "work" }],
        "displayName": "Ada Lovelace",
        "locale": "en-US",
        "externalId": subject,
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

/// Each test with either database.
macro_rules! on_both {
    ($($test:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::provisioning::Pushing::on_sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::provisioning::Pushing::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
