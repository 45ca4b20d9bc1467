//! Okta, as far as it pushes people and groups: the requests that it sends, and how long each takes.

use std::time::{Duration, Instant};

use http::{Method, header};
use reqwest::Client;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// As long as Okta waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Okta {
    client: Client,
    base_url: String,
    token: String,
}

/// The Okta ID of one of many, which is the subject of their ID tokens.
pub fn subject(number: usize) -> String {
    format!("00u{number:017}")
}

pub fn email(number: usize) -> String {
    format!("person.{number}@example.com")
}

impl Okta {
    pub fn of(app: &str, token: String) -> Self {
        let client = Client::builder().timeout(PATIENCE).build().unwrap();
        Self {
            client,
            base_url: format!("{app}/scim/v2/okta"),
            token,
        }
    }

    /// The answer, which has to be one of success, and how long it took.
    async fn send(&self, method: Method, path: &str, body: Value) -> (Value, Duration) {
        let request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.token)
            .header(header::USER_AGENT, "Okta SCIM Client 1.0.0")
            .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
        let request = match body {
            Value::Null => request,
            body => request.body(body.to_string()),
        };
        let begun = Instant::now();
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        let took = begun.elapsed();
        assert!(status.is_success(), "{status} {text}");
        let body = match text.is_empty() {
            true => Value::Null,
            false => serde_json::from_str(&text).unwrap(),
        };
        (body, took)
    }

    pub async fn get(&self, path: &str) -> (Value, Duration) {
        self.send(Method::GET, path, Value::Null).await
    }

    /// Looks for whoever has this in an attribute.
    pub async fn find(&self, attribute: &str, value: &str) -> (Value, Duration) {
        let filter = format!("{attribute} eq \"{value}\"");
        let filter: String = byte_serialize(filter.as_bytes()).collect();
        self.get(&format!("/Users?filter={filter}&startIndex=1&count=100"))
            .await
    }

    /// Their ID here, and how long it took to create them.
    pub async fn create(&self, number: usize) -> (String, Duration) {
        let (created, took) = self
            .send(Method::POST, "/Users", person(number, None))
            .await;
        (id(&created), took)
    }

    /// PUT of everything, as custom apps are told of a change.
    pub async fn update(&self, number: usize, id: &str) -> Duration {
        let path = format!("/Users/{id}");
        let changed = person(number, Some("Countess"));
        self.send(Method::PUT, &path, changed).await.1
    }

    pub async fn create_group(&self, name: &str) -> Group<'_> {
        let body = json!({ "schemas": [GROUP], "displayName": name, "members": [] });
        let (created, _) = self.send(Method::POST, "/Groups", body).await;
        Group {
            okta: self,
            id: id(&created),
            name: name.to_owned(),
        }
    }
}

/// A group that is pushed.
pub struct Group<'o> {
    okta: &'o Okta,
    id: String,
    name: String,
}

impl Group<'_> {
    pub async fn add(&self, people: &[String]) -> Duration {
        let members: Vec<_> = people.iter().map(|id| json!({ "value": id })).collect();
        self.patch(json!({ "op": "add", "path": "members", "value": members }))
            .await
    }

    pub async fn remove(&self, person: &str) -> Duration {
        let path = format!("members[value eq \"{person}\"]");
        self.patch(json!({ "op": "remove", "path": path })).await
    }

    pub async fn delete(self) -> Duration {
        let path = format!("/Groups/{}", self.id);
        self.okta.send(Method::DELETE, &path, Value::Null).await.1
    }

    /// The name comes with every change of members.
    async fn patch(&self, of_members: Value) -> Duration {
        let name = json!({ "id": self.id, "displayName": self.name });
        let body = json!({
            "schemas": [PATCH_OP],
            "Operations": [{ "op": "replace", "value": name }, of_members],
        });
        let path = format!("/Groups/{}", self.id);
        self.okta.send(Method::PATCH, &path, body).await.1
    }
}

fn id(created: &Value) -> String {
    created["id"].as_str().unwrap().to_owned()
}

fn person(number: usize, title: Option<&str>) -> Value {
    json!({
        "schemas": [USER],
        "userName": email(number),
        "name": { "givenName": "Person", "familyName": format!("Number {number}") },
        "emails": [{ "primary": true, "value": email(number), "type": "work" }],
        "displayName": format!("Person Number {number}"),
        "title": title,
        "locale": "en-US",
        "externalId": subject(number),
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}
