//! What an error says together with what caused it.

use std::error::Error;

/// The error and its causes, on one line: none of them repeats its own cause.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
