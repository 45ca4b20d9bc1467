//! The log of requests: each is written after it was answered, together with those that came
//! meanwhile, and without what is secret.

use std::sync::Arc;

use okta_types::ScimRequest;
use serde_json::Value;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::{
    causes::with_causes,
    store::{Store, StoreError},
};

/// Requests that wait to be stored. Beyond that, they are answered and not logged.
const WAITING: usize = 10_000;
/// Requests that are stored in one change.
const AT_ONCE: usize = 200;
/// Of a body.
const MAX_BODY: usize = 16 * 1024;
const HIDDEN: &str = "[hidden]";

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
    while to_store.recv_many(&mut answered, AT_ONCE).await > 0 {
        if let Err(error) = stored(&answered, &store).await {
            let error = with_causes(&error);
            tracing::warn!(error, "SCIM requests could not be logged");
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

/// A body for the log: without passwords, and not too long.
pub(super) fn shown(body: Option<&Value>) -> Option<String> {
    let mut shown = body?.clone();
    hide_secrets(&mut shown);
    let mut text = shown.to_string();
    if text.len() > MAX_BODY {
        text.truncate(text.floor_char_boundary(MAX_BODY));
        text.push('…');
    }
    // PostgreSQL takes no NUL in a text; JSON has it escaped.
    Some(text)
}

/// A password is an attribute, or the value of an operation whose path it is.
fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(object) => {
            let mut is_about_secret = false;
            for (name, value) in object.iter_mut() {
                if is_secret(name) {
                    *value = HIDDEN.into();
                } else if name.eq_ignore_ascii_case("path") && value.as_str().is_some_and(is_secret)
                {
                    is_about_secret = true;
                } else {
                    hide_secrets(value);
                }
            }
            if is_about_secret && let Some(value) = object.get_mut("value") {
                *value = HIDDEN.into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("password")
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
            ],
        });
        let text = shown(Some(&body)).unwrap();
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("Countess") && text.contains("ada"));
    }

    #[test]
    fn a_long_body_is_cut_off() {
        let body = json!({ "userName": "ä".repeat(MAX_BODY) });
        let text = shown(Some(&body)).unwrap();
        assert!(text.len() <= MAX_BODY + '…'.len_utf8() && text.ends_with('…'));
    }
}
