//! What a guard shows instead of its children, and where it sends people.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use okta_types::{Forbidden, StepUpNeeded};

use super::decision::Asked;
#[cfg(feature = "ssr")]
use super::server;
use crate::{
    html::{element, escaped},
    identity::{OktaContext, log_error},
    sign_in::{address_in_app, sign_in_path, with_organization},
    visit::Forgotten,
};

pub(super) fn not_allowed(forbidden: &Forbidden) -> AnyView {
    #[cfg(feature = "ssr")]
    server::set_status(forbidden.status());
    closed(
        "You don't have access to this page",
        &forbidden.to_string(),
        None,
    )
}

pub(super) fn not_set_up(forgotten: Forgotten) -> AnyView {
    #[cfg(feature = "ssr")]
    server::set_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    closed("This page can't be shown", &forgotten.explanation(), None)
}

pub(super) fn to_sign_in(asked: &Asked) -> AnyView {
    leave_for(&step_up_path(asked));
    leaving("Taking you to the sign-in…")
}

/// An offer, not a redirect: whoever is in the middle of something sees why Okta asks again.
pub(super) fn confirm(asked: &Asked, needed: &StepUpNeeded) -> AnyView {
    #[cfg(feature = "ssr")]
    server::challenge(needed);
    let why = format!("This page needs {}.", needed.asked());
    closed("Confirm that it’s you", &why, Some(&step_up_path(asked)))
}

/// Shown instead of the page, with the address of a sign-in if that helps.
fn closed(title: &str, why: &str, sign_in: Option<&str>) -> AnyView {
    let mut content = format!("<h1>{title}</h1><p>{}</p>", escaped(why));
    if let Some(path) = sign_in {
        content.push_str(&format!(
            r#"<p><a class="okta-button" rel="external" href="{}">Confirm it’s you</a></p>"#,
            escaped(path)
        ));
    }
    element("okta-forbidden", content)
}

/// The path of a sign-in that is as recent and as strong as this asks, and comes back here.
fn step_up_path(asked: &Asked) -> String {
    let path = untrack(sign_in_path());
    let with = with_organization(asked.roles.required_organization());
    match asked.step_up.is_empty() {
        true => path + &with,
        false => format!("{path}{with}&{}", asked.step_up.query()),
    }
}

/// Reloads the page, unless that was just done: then the server did not render this guard, and
/// wouldn't the next time.
///
/// Whoever goes back before a reloaded page has hydrated stays in its document (browsers count a
/// reload as the same one), which Leptos then hydrates at the wrong address: it panics, after any
/// reload of a page that a link in the app had opened.
pub(super) fn ask_server(okta: &OktaContext, forbidden: &Forbidden) -> AnyView {
    let here = untrack(address_in_app(&use_location()));
    if okta.was_loaded_at(&here) {
        log_error(&format_args!(
            "a guard that only the browser renders needs {}: name the group in `provide_okta_with`",
            forbidden.needed
        ));
        return not_allowed(forbidden);
    }
    leave_for(&here);
    leaving("Loading…")
}

fn leaving(progress: &str) -> AnyView {
    element(
        "okta-leaving",
        format!(r#"<p role="status">{progress}</p>"#),
    )
}

#[cfg(feature = "ssr")]
fn leave_for(address: &str) {
    use axum::http::{HeaderValue, StatusCode, header};

    // Not leptos_axum::redirect(): it redirects only clients that ask for HTML, and this page is
    // closed to all.
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(location) = HeaderValue::from_str(address)
    {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}

#[cfg(not(feature = "ssr"))]
fn leave_for(address: &str) {
    let address = address.to_owned();
    // After this rendering, so that the page being left stays intact.
    request_animation_frame(move || {
        if window().location().assign(&address).is_err() {
            log_error(&"the browser refused to leave the page");
        }
    });
}
