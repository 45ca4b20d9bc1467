//! Small parts that several pages share.

use leptos::prelude::*;
use okta_types::Timestamp;

/// A state, as a color and a word.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Good,
    Warning,
    Bad,
    Neutral,
}

impl Tone {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
        }
    }
}

#[component]
pub(crate) fn Badge(tone: Tone, text: &'static str) -> impl IntoView {
    view! {
        <span class="okta-badge" data-tone=tone.as_str()>
            {text}
        </span>
    }
}

/// In UTC. JavaScript shows it in the reader's time zone.
#[component]
pub(crate) fn Moment(at: Timestamp) -> impl IntoView {
    view! { <time datetime=at.rfc3339()>{at.to_string()}</time> }
}

/// The page that a form returns to.
#[component]
pub(crate) fn PageField(page: String) -> impl IntoView {
    view! { <input type="hidden" name="page" value=page/> }
}

#[component]
pub(super) fn SignIn(address: String) -> impl IntoView {
    view! {
        <a class="okta-button" rel="external" href=address>
            "Sign in with Okta"
        </a>
    }
}

/// With its first letter in lower case, to be used within a sentence.
pub(super) fn uncapitalized(label: &str) -> String {
    let mut characters = label.chars();
    characters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_lowercase(), characters.as_str())
    })
}
