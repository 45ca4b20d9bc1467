//! What an error says together with what caused it. The enums are beside their stages.

use std::error::Error;

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
