//! The page that asks whose Okta somebody signs in with: by their email address, or from a list.

use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use url::form_urlencoded;

use super::selection::{OF_SELECTION, Question};
use crate::{
    connection::{CONNECTION, Connection},
    http::page::Page,
    okta::Okta,
    services::Services,
};

/// Nobody reads a longer list; their address leads everybody to theirs.
const LISTED: usize = 100;

/// The page. It works without JavaScript, and shows only what it may: names of organizations are
/// not for everybody, unless an admin listed them.
pub(super) async fn page(
    okta: &Okta,
    services: &Services,
    query: &str,
    question: &Question,
) -> Response {
    let login = &okta.shared().paths.login;
    let connections = &services.connections;
    let listed = match &question.among {
        Some(among) => among.clone(),
        None => {
            let all = connections.in_use().into_iter();
            all.filter(|connection| connection.config.standing.listed)
                .collect()
        }
    };
    let asks = question.among.is_none() && connections.have_domains();
    let explanation = match (asks, listed.is_empty()) {
        (true, _) if question.is_repeated => {
            "This address doesn't lead to an organization. Check it, or ask your admin how you sign in."
        }
        (true, true) => "Enter your work email address to sign in through your organization.",
        (true, false) => "Enter your work email address, or choose your organization.",
        (false, false) => "Choose how you sign in.",
        (false, true) => {
            "Open the address that your organization gave you, or ask your admin for it."
        }
    };
    let kept: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !OF_SELECTION.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let content = html! {
        @if asks { (address_form(login, &kept)) }
        @if !listed.is_empty() {
            ul.choices {
                @for connection in listed.iter().take(LISTED) {
                    li { a href=(address(login, &kept, connection)) { (label(connection)) } }
                }
            }
        }
    };
    let page = Page {
        status: match question.is_repeated {
            true => StatusCode::NOT_FOUND,
            false => StatusCode::OK,
        },
        title: "Sign in",
        explanation,
        links: &[],
        reference: None,
    };
    // Those of one organization, or else the app's own.
    let whose = question.among.iter().flatten().next();
    let whose = whose.map_or(CONNECTION, |connection| &connection.config.name);
    page.branded(&services.branding_of(whose).await, &content)
}

fn address_form(login: &str, kept: &[(String, String)]) -> Markup {
    html! {
        form method="get" action=(login) {
            @for (name, value) in kept {
                input type="hidden" name=(name) value=(value);
            }
            label for="email" { "Email address" }
            input id="email" name="email" type="email" autocomplete="username" required autofocus;
            button type="submit" { "Continue" }
        }
    }
}

fn address(login: &str, kept: &[(String, String)], connection: &Connection) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("connection", &connection.config.name)
        .finish();
    format!("{login}?{query}")
}

fn label(connection: &Connection) -> &str {
    &connection.config.options.display_name
}
