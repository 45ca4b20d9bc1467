//! Okta, as far as it pushes people and groups: all that it has, with the requests of a custom app, until
//! something breaks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::{StreamExt, TryStreamExt, stream};
use http::{Method, StatusCode, header};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use url::form_urlencoded::byte_serialize;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Requests of one push.
const AT_ONCE: usize = 4;
const PAGE: usize = 100;

/// Who is assigned to the app, and the groups that are pushed to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    /// By user name: whether they are active.
    pub people: BTreeMap<String, bool>,
    /// By name: the user names of the members.
    pub groups: BTreeMap<String, BTreeSet<String>>,
}

impl Staff {
    /// Every tenth is deactivated. Half of the people are in each group.
    pub fn of(people: usize, groups: usize) -> Self {
        let name = |number: usize| format!("person{number:05}@example.com");
        let members = |group| {
            let members = (0..people).filter(|number| (number + group) % 2 == 0);
            (format!("Group {group}"), members.map(name).collect())
        };
        Self {
            people: (0..people)
                .map(|number| (name(number), number % 10 != 9))
                .collect(),
            groups: (0..groups).map(members).collect(),
        }
    }
}

/// No answer, or one that says that it didn't work: Okta tries again later.
#[derive(Debug)]
pub struct BrokenOff;

pub struct OktaScim {
    client: Client,
    servers: Vec<String>,
    token: String,
    sent: AtomicUsize,
    answered: watch::Sender<usize>,
}

impl OktaScim {
    /// Its requests go to these servers in turn.
    pub fn to(servers: &[&str], token: &str) -> Self {
        Self {
            client: Client::new(),
            servers: servers.iter().copied().map(str::to_owned).collect(),
            token: token.to_owned(),
            sent: AtomicUsize::default(),
            answered: watch::Sender::default(),
        }
    }

    /// Waits until so many more requests are answered.
    pub async fn until_answered(&self, more: usize) {
        let mut answered = self.answered.subscribe();
        let all = *answered.borrow() + more;
        let done = answered.wait_for(|answered| *answered >= all).await;
        done.expect("it is sending");
    }

    /// Whoever is there is updated, whoever isn't is created, and each group has these members.
    pub async fn push(&self, staff: &Staff) -> Result<(), BrokenOff> {
        let people = stream::iter(&staff.people).map(|(name, active)| async move {
            let id = self.push_person(name, *active).await?;
            Ok::<_, BrokenOff>((name.as_str(), id))
        });
        let people = people.buffer_unordered(AT_ONCE);
        let ids: BTreeMap<&str, String> = people.try_collect().await?;
        let groups = stream::iter(&staff.groups).map(|(name, members)| {
            let members = members
                .iter()
                .map(|member| json!({ "value": ids[&**member] }));
            self.push_group(name, members.collect())
        });
        groups.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What is there, page after page.
    pub async fn pushed(&self) -> Staff {
        let mut staff = Staff::default();
        let mut names = BTreeMap::new();
        for person in self.all("/Users").await {
            let name = text(&person, "userName");
            names.insert(text(&person, "id"), name.clone());
            staff.people.insert(name, person["active"] == true);
        }
        for group in self.all("/Groups").await {
            let members = group["members"].as_array().unwrap().iter();
            let members = members.map(|member| names[&text(member, "value")].clone());
            let members = members.collect();
            staff.groups.insert(text(&group, "displayName"), members);
        }
        staff
    }

    async fn push_person(&self, name: &str, active: bool) -> Result<String, BrokenOff> {
        let person = json!({
            "schemas": [USER],
            "userName": name,
            "name": { "givenName": "Ada", "familyName": "Lovelace" },
            "emails": [{ "primary": true, "value": name, "type": "work" }],
            "displayName": "Ada Lovelace",
            "locale": "en-US",
            "externalId": format!("00u{name}"),
            "groups": [],
            "password": "1mz050nq",
            "active": active,
        });
        match self.find("/Users", "userName", name, &person).await? {
            Found::Created(id) => Ok(id),
            Found::Earlier(id) => {
                self.done(Method::PUT, &format!("/Users/{id}"), &person)
                    .await?;
                Ok(id)
            }
        }
    }

    async fn push_group(&self, name: &str, members: Vec<Value>) -> Result<(), BrokenOff> {
        let empty = json!({ "schemas": [GROUP], "displayName": name, "members": [] });
        let found = self.find("/Groups", "displayName", name, &empty).await?;
        let (Found::Created(id) | Found::Earlier(id)) = found;
        let change = json!({
            "schemas": [PATCH_OP],
            "Operations": [
                { "op": "replace", "value": { "id": id, "displayName": name } },
                { "op": "replace", "path": "members", "value": members },
            ],
        });
        self.done(Method::PATCH, &format!("/Groups/{id}"), &change)
            .await
    }

    /// Looks for it, and creates it if it isn't there. If it is there after all, somebody else was first, or
    /// the answer to an earlier request was lost.
    async fn find(
        &self,
        endpoint: &str,
        attribute: &str,
        name: &str,
        new: &Value,
    ) -> Result<Found, BrokenOff> {
        let filter = format!("{attribute} eq \"{name}\"");
        let filter: String = byte_serialize(filter.as_bytes()).collect();
        let path = format!("{endpoint}?filter={filter}&startIndex=1&count={PAGE}");
        loop {
            let (_, found) = self.send(Method::GET, &path, &Value::Null).await?;
            if let Some(found) = found["Resources"].get(0) {
                return Ok(Found::Earlier(text(found, "id")));
            }
            match self.send(Method::POST, endpoint, new).await? {
                (StatusCode::CREATED, created) => return Ok(Found::Created(text(&created, "id"))),
                (status, body) => assert_eq!(status, StatusCode::CONFLICT, "{body}"),
            }
        }
    }

    async fn all(&self, endpoint: &str) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let start = all.len() + 1;
            let path = format!("{endpoint}?startIndex={start}&count={PAGE}");
            let page = self.send(Method::GET, &path, &Value::Null).await;
            let (_, mut page) = page.unwrap();
            let total = page["totalResults"].as_u64().unwrap();
            all.append(page["Resources"].as_array_mut().unwrap());
            if all.len() as u64 >= total {
                return all;
            }
        }
    }

    async fn done(&self, method: Method, path: &str, body: &Value) -> Result<(), BrokenOff> {
        let (status, body) = self.send(method, path, body).await?;
        assert!(status.is_success(), "{status} {body}");
        Ok(())
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value), BrokenOff> {
        let turn = self.sent.fetch_add(1, Ordering::Relaxed) % self.servers.len();
        let url = format!("{}/scim/v2/okta{path}", self.servers[turn]);
        let mut request = self
            .client
            .request(method, url)
            .bearer_auth(&self.token)
            .header(header::USER_AGENT, "Okta SCIM Client 1.0.0")
            .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.map_err(|_| BrokenOff)?;
        let status = answer.status();
        let text = answer.text().await.map_err(|_| BrokenOff)?;
        if status.is_server_error() {
            return Err(BrokenOff);
        }
        self.answered.send_modify(|answered| *answered += 1);
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }
}

enum Found {
    Created(String),
    Earlier(String),
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}
