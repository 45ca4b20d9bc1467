//! Provisioning: Okta pushes people and groups by SCIM 2.0.

mod attack;
mod changes;
mod client_credentials;
mod directory;
mod discovery;
mod effects;
mod emails;
mod faults;
mod hooks;
mod lists;
mod log;
mod mapping;
mod okta;
mod patch;
mod property;
mod record;
mod resources;
mod roles;
mod servers;
mod testers;
mod tokens;

use axum_okta::OktaBuilder;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
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

    /// Changes what becomes of pushed roles and attributes, as an admin.
    pub async fn set_provisioning(&self, options: Value) -> reqwest::Response {
        self.admin
            .send_json(Method::PUT, PROVISIONING, &options)
            .await
    }

    /// What the log says of the newest request that it says something of.
    pub async fn noted(&self, path: &str) -> String {
        loop {
            let log: Value = self.admin.json(&format!("{PROVISIONING}/requests")).await;
            let requests = log["requests"].as_array().expect("requests").iter();
            let mut notes = requests
                .filter(|request| request["path"].as_str().unwrap().starts_with(path))
                .filter_map(|request| request["detail"].as_str());
            if let Some(note) = notes.next() {
                return note.to_owned();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Somebody signed in whom Okta calls Ada.
    pub async fn signed_in_as_ada(&self) -> Browser {
        let ada = crate::harness::ada();
        self.app.signed_in(&self.provider, ada).await
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
    let mut sent = HeaderMap::from_iter([
        (
            header::USER_AGENT,
            HeaderValue::from_static("Okta SCIM Client 1.0.0"),
        ),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/scim+json; charset=utf-8"),
        ),
    ]);
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        sent.insert(name, HeaderValue::try_from(*value).unwrap());
    }
    let mut request = client
        .request(method, &format!("/scim/v2/okta{path}"))
        .bearer_auth(token)
        .headers(sent);
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

/// Where a test's app stores.
#[derive(Clone, Copy)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// An app that is built with changes, and an Okta that pushes to it; and the URL of its database.
    async fn pushing(self, change: impl Fn(OktaBuilder) -> OktaBuilder) -> (Pushing, String) {
        match self {
            Self::Sqlite => {
                let app = App::start_with(&change).await;
                let url = app.database();
                (Pushing::to(app).await, url)
            }
            Self::Postgres => {
                let url = postgres::database().await;
                let app = App::start_with(|builder| change(on(&url)(builder))).await;
                (Pushing::to(app).await, url)
            }
        }
    }
}

/// Each test with either database, for those that build the app themselves.
macro_rules! with_both {
    ($($test:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::provisioning::Database::Sqlite).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::provisioning::Database::Postgres).await;
            })+
        }
    };
}
pub(crate) use with_both;

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
