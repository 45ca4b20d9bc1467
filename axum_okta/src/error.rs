//! What can go wrong. What caused an error is its [`source`](std::error::Error::source), and is not repeated in its message.

use std::error::Error;

pub use crate::{
    builder::OpenError,
    store::{EncryptionError, StoreError},
};
pub use okta_types::Problem;

/// The error and its causes, on one line: none of them repeats its own cause.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
