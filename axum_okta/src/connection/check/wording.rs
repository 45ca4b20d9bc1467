//! What an error or a provider says, as a sentence for an admin.

use crate::causes::with_causes;

/// Longer than any helpful description.
const MAX_SAID: usize = 200;

/// The provider's error description, to be appended to a message. The text is not trusted: it is
/// cut, and can't change how the rest is shown.
pub(super) fn said(description: Option<&str>) -> String {
    match description.map(shortened) {
        Some(text) if !text.is_empty() => format!(" The provider says: “{text}”"),
        _ => String::new(),
    }
}

pub(super) fn shortened(text: &str) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = text.trim().chars().filter(is_shown);
    let mut cut: String = shown.by_ref().take(MAX_SAID).collect();
    if shown.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Whether the provider's description mentions this. RFC 6749 has no error code for it.
pub(super) fn asks_for(description: Option<&str>, what: &str) -> bool {
    description.is_some_and(|text| text.to_ascii_lowercase().contains(what))
}

/// The error as a sentence. Error messages start in lower case, so that they can be embedded. A
/// host or an address stays as it is.
pub(super) fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let text = with_causes(error);
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if first_word.contains(['.', ':', '/']) {
        return format!("{text}.");
    }
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => text,
    }
}
