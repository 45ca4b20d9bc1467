//! Why the server refused, as the browser is told.

use leptos::{
    prelude::*,
    server_fn::{codec::JsonEncoding, error::FromServerFnError},
};
use okta_types::SettingsRefusal;
use serde::{Deserialize, Serialize};

/// Why the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused(pub SettingsRefusal);

/// A page of a sentence of ours.
pub(crate) fn alert(sentence: &str) -> String {
    format!(r#"<p class="okta-alert" role="alert">{sentence}</p>"#)
}

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Args(_) => {
                SettingsRefusal::MalformedForm
            }
            _ => SettingsRefusal::NoAnswer,
        })
    }
}
