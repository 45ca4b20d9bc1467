//! The log of requests: each is written after it was answered, together with those that came
//! meanwhile, and without what is secret.

use std::{collections::HashMap, io, sync::Arc};

use http::Uri;
use okta_types::ScimRequest;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use tokio::sync::mpsc::{self, Receiver, Sender};
use url::form_urlencoded;

use super::shortened;
use crate::{
    causes::with_causes,
    store::{Store, StoreError},
};

/// Requests that wait to be stored. Beyond that, they are answered and not logged.
const WAITING: usize = 10_000;
/// Requests that are stored in one change.
const AT_ONCE: usize = 200;
/// Requests of a connection after which it is looked whether there are more than are kept.
const TRIMMED_AFTER: usize = 1000;
/// Of a body.
const MAX_BODY: usize = 16 * 1024;
/// Of a path with its query.
const MAX_PATH: usize = 2000;
const HIDDEN: &str = "[hidden]";
/// What is called so is secret, also as a part of a name.
const SECRET: [&str; 5] = ["password", "passwd", "passphrase", "secret", "token"];

/// A request that was answered.
pub(super) struct Answered {
    pub(super) connection: String,
    /// The id of the token that it came with.
    pub(super) token: String,
    /// The ID of the person or group that it was about; empty if that was none.
    pub(super) resource: String,
    pub(super) request: ScimRequest,
}

pub(super) struct Log(Sender<Answered>);

/// What is to be stored.
pub(crate) struct ToStore(Receiver<Answered>);

impl Log {
    pub(super) fn new() -> (Self, ToStore) {
        let (log, to_store) = mpsc::channel(WAITING);
        (Self(log), ToStore(to_store))
    }

    pub(super) fn note(&self, answered: Answered) {
        if self.0.try_send(answered).is_err() {
            tracing::warn!("a SCIM request was not logged: too many wait to be stored");
        }
    }
}

/// Stores what is noted, for as long as anything can be.
pub(crate) async fn keep_log(ToStore(mut to_store): ToStore, store: Arc<Store>) {
    let mut answered = Vec::new();
    let mut untrimmed = HashMap::new();
    while to_store.recv_many(&mut answered, AT_ONCE).await > 0 {
        if let Err(error) = stored(&answered, &store).await {
            let error = with_causes(&error);
            tracing::warn!(error, "SCIM requests could not be logged");
        }
        if let Err(error) = trim(&answered, &mut untrimmed, &store).await {
            let error = with_causes(&error);
            tracing::warn!(error, "the log of SCIM requests could not be shortened");
        }
        answered.clear();
    }
}

async fn stored(answered: &[Answered], store: &Store) -> Result<(), StoreError> {
    let mut change = store.concurrent_change().await?;
    for Answered {
        connection,
        token,
        resource,
        request,
    } in answered
    {
        change
            .put_scim_request(connection, resource, request)
            .await?;
        change.scim_token_used(token).await?;
    }
    change.commit().await
}

/// Shortens the log of each connection, if so many of its requests were stored since that was done the last time.
async fn trim(
    answered: &[Answered],
    untrimmed: &mut HashMap<String, usize>,
    store: &Store,
) -> Result<(), StoreError> {
    for Answered { connection, .. } in answered {
        // Nobody knows how many there are of one that is new here.
        let count = untrimmed.entry(connection.clone()).or_insert(TRIMMED_AFTER);
        *count += 1;
        if *count > TRIMMED_AFTER {
            // In turn, so that no two servers delete the same ones.
            let mut change = store.change().await?;
            let is_all = change.trim_scim_requests(connection).await?;
            change.commit().await?;
            if is_all {
                *count = 0;
            }
        }
    }
    Ok(())
}

/// Path and query below the base URL, without a query that is about something secret.
pub(super) fn shown_path(uri: &Uri, base: &str) -> String {
    let path = uri.path().strip_prefix(base).unwrap_or(uri.path());
    let Some(query) = uri.query() else {
        return shortened(path, MAX_PATH);
    };
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let is_about_secret = pairs
        .any(|(name, value)| is_secret(&name) || value.to_ascii_lowercase().contains("password"));
    match is_about_secret {
        true => shortened(&format!("{path}?{HIDDEN}"), MAX_PATH),
        false => shortened(&format!("{path}?{query}"), MAX_PATH),
    }
}

/// A body for the log: without passwords, and as long as somebody reads it. Of a long one, the rest
/// is not even written down.
pub(super) fn shown(body: Option<&Value>) -> Option<String> {
    let mut beginning = Beginning(Vec::new());
    let is_cut = serde_json::to_writer(&mut beginning, &Shown(body?)).is_err();
    let mut text = String::from_utf8_lossy(&beginning.0).into_owned();
    if is_cut {
        text.truncate(text.floor_char_boundary(MAX_BODY));
        text.push('…');
    }
    // PostgreSQL takes no NUL in a text; JSON has it escaped.
    Some(text)
}

/// Takes no more than what is shown, and a little.
struct Beginning(Vec<u8>);

impl io::Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (MAX_BODY + 1).saturating_sub(self.0.len());
        let taken = bytes.len().min(room);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value without what is secret.
struct Shown<'v>(&'v Value);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(values) => serializer.collect_seq(values.iter().map(Shown)),
            Value::Object(object) => {
                // A password is an attribute, or the value of an operation whose path it is.
                let is_about_secret = object.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("path") && value.as_str().is_some_and(is_secret)
                });
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (name, value) in object {
                    let is_value = is_about_secret && name.eq_ignore_ascii_case("value");
                    match is_value || is_secret(name) {
                        true => map.serialize_entry(name, HIDDEN)?,
                        false => map.serialize_entry(name, &Shown(value))?,
                    }
                }
                map.end()
            }
            simple => simple.serialize(serializer),
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|secret| name.contains(secret))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_they_are() {
        let body = json!({
            "userName": "ada",
            "Password": "hunter1",
            "Operations": [
                { "op": "replace", "value": { "password": "hunter2", "title": "Countess" } },
                { "op": "replace", "path": "password", "value": "hunter3" },
                {
                    "op": "add",
                    "path": "urn:ietf:params:scim:schemas:core:2.0:User:password",
                    "value": "hunter4",
                },
                { "op": "replace", "path": " password ", "value": "hunter5" },
                { "op": "replace", "path": "password[x eq 1].value", "Value": "hunter6" },
            ],
            "urn:example:2.0:Keys:User": { "clientSecret": "hunter7", "api_token": ["hunter8"] },
        });
        let text = shown(Some(&body)).unwrap();
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("Countess") && text.contains("ada"));
    }

    #[test]
    fn a_long_body_is_cut_off() {
        for text in ["ä".repeat(MAX_BODY), "x".repeat(8 * 1024 * 1024)] {
            let body = json!({ "userName": text });
            let text = shown(Some(&body)).unwrap();
            assert!(text.len() <= MAX_BODY + '…'.len_utf8() && text.ends_with('…'));
        }
        let body = json!({ "userName": "ada" });
        assert_eq!(shown(Some(&body)).unwrap(), r#"{"userName":"ada"}"#);
    }

    #[test]
    fn a_query_about_a_secret_is_hidden() {
        let path = |path: &'static str| shown_path(&Uri::from_static(path), "/scim/v2/okta");
        assert_eq!(
            path("/scim/v2/okta/Users?filter=userName%20eq%20%22ada%22"),
            "/Users?filter=userName%20eq%20%22ada%22"
        );
        for hidden in [
            "/scim/v2/okta/Users?filter=pass%77ord%20eq%20%22hunter2%22",
            "/scim/v2/okta/Users?count=1&access_token=hunter2",
        ] {
            assert_eq!(path(hidden), "/Users?[hidden]");
        }
        let long = format!("/Users?filter={}", "x".repeat(10_000));
        let shown = shown_path(&long.parse().unwrap(), "");
        assert_eq!(shown.chars().count(), MAX_PATH + 1);
    }
}
