//! A request that another site caused is refused with words: who sent it sees why, and whoever wrote
//! the app how to open a path.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use okta_types::Problem;
use tower_http::csrf::ProtectionError;

use crate::http::{
    accepts_html,
    page::{Link, Page},
};

const TITLE: &str = "This request came from another site";

/// Marks our own refusal: an app may have such protection, too, and answers for itself.
#[derive(Clone, Copy)]
struct Refused;

/// Builds the refusal, for [`CsrfLayer`](tower_http::csrf::CsrfLayer), which doesn't show the
/// request's headers.
pub(super) type Refuse = fn(ProtectionError) -> Response;

pub(super) fn refuse(_: ProtectionError) -> Response {
    let mut response = StatusCode::FORBIDDEN.into_response();
    response.extensions_mut().insert(Refused);
    response
}

/// How to explain a refusal to whoever sent the request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Explain {
    /// To a person, with a page.
    Page,
    /// To a program, as a problem.
    Problem,
}

impl Explain {
    pub(super) fn to_sender_of(headers: &HeaderMap) -> Self {
        match accepts_html(headers) {
            true => Self::Page,
            false => Self::Problem,
        }
    }

    /// Puts the words into a response of [`refuse`]; others stay.
    pub(super) fn refusal(self, response: Response) -> Response {
        if response.extensions().get::<Refused>().is_none() {
            return response;
        }
        match self {
            Self::Page => Page {
                status: StatusCode::FORBIDDEN,
                title: TITLE,
                explanation: "To protect you, this app accepts forms only from its own pages. Nothing was changed. Open \
                              the app, and try again there. For developers of the app: to accept forms from other sites \
                              at a path, name it with `csrf_exempt`.",
                links: &[Link::HOME],
                reference: None,
            }
            .into_response(),
            Self::Problem => Problem::new(
                StatusCode::FORBIDDEN,
                TITLE,
                "The app accepts changes only from its own pages and from programs, which send neither Origin nor \
                 Sec-Fetch-Site. If this is a webhook, leave out these headers, or open its path to other sites with \
                 `OktaBuilder::csrf_exempt`.",
            )
            .into_response(),
        }
    }
}
