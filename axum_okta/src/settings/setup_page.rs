//! `/login/setup?code=CODE`: where a setup link leads.

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};
use http::StatusCode;
use maud::html;
use okta_types::{SettingsRefusal, SetupLinkState, SetupLinkSummary};
use serde::Deserialize;

use super::{SettingsError, Visitor};
use crate::{
    branding::Branding,
    http::{
        no_store,
        page::{Link, Page},
        retry_later,
        return_to::ReturnTo,
    },
    okta::Okta,
};

pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 1] {
    let paths = &okta.shared().paths;
    [(&paths.setup_page, get(show).post(accept))]
}

#[derive(Deserialize)]
struct Opened {
    #[serde(default)]
    code: String,
}

/// `GET`: says what the link is for. Programs that look at the links in mails do this, too, so it
/// changes nothing.
async fn show(
    State(okta): State<Okta>,
    visitor: Visitor,
    Query(Opened { code }): Query<Opened>,
) -> Response {
    match visitor.setup_link(&code).await {
        Ok(link) => invitation(&okta, &visitor, &link, &code).await,
        Err(error) => refused(&error),
    }
}

/// `POST`: opens the settings of the link's connection.
async fn accept(
    State(okta): State<Okta>,
    visitor: Visitor,
    Form(Opened { code }): Form<Opened>,
) -> Response {
    let link = match visitor.setup_link(&code).await {
        Ok(link) => link,
        Err(error) => return refused(&error),
    };
    if link.state != SetupLinkState::Open || visitor.is_admin() {
        return invitation(&okta, &visitor, &link, &code).await;
    }
    match visitor.open_setup_link(link).await {
        Ok(()) => {
            let settings = ReturnTo::parse(&okta.shared().settings_page, okta.base_url());
            no_store(Redirect::to(settings.as_str()))
        }
        Err(error) => refused(&error),
    }
}

async fn invitation(
    okta: &Okta,
    visitor: &Visitor,
    link: &SetupLinkSummary,
    code: &str,
) -> Response {
    let SetupLinkSummary {
        connection,
        ends_at,
        ..
    } = link;
    let branding = match okta.services() {
        Ok(services) => services.branding_of(connection).await,
        Err(_) => Branding::default(),
    };
    match link.state {
        SetupLinkState::Open if visitor.is_admin() => Page {
            status: StatusCode::OK,
            title: "This setup link is for somebody else",
            explanation: "You're signed in as an admin already. Send the link to whoever is to set up the connection. \
                          To try it yourself, open it in a private window.",
            links: &[Link::HOME],
            reference: None,
        }
        .into_response(),
        SetupLinkState::Open => Page {
            status: StatusCode::OK,
            title: &format!("Set up sign-in for {}", called(&branding, connection)),
            explanation: "Connect your company's Okta to this app, so that people at your company can sign in with it. You \
                          need an Okta admin, whether that is you or a colleague. It takes about ten minutes.",
            links: &[],
            reference: None,
        }
        .branded(&branding, &html! {
            form method="post" action=(okta.shared().paths.setup_page) {
                input type="hidden" name="code" value=(code);
                button type="submit" { "Start" }
            }
            p.hint {
                "The link works until " (ends_at.to_string()) ". Whoever signs in first becomes the admin of this connection, and \
                 the link stops working."
            }
        }),
        SetupLinkState::Used => {
            let settings = &okta.shared().settings_page;
            let sign_in = okta.connection_sign_in_path(connection, settings);
            Page {
                status: StatusCode::GONE,
                title: "This setup link was used",
                explanation: "Somebody who opened it has signed in and is the admin of this connection now. If that was \
                              you, sign in. If not, tell whoever sent you the link.",
                links: &[Link::to(&sign_in, "Sign in"), Link::HOME],
                reference: None,
            }
            .into_response()
        }
        SetupLinkState::Revoked => over(
            "This setup link was revoked",
            "Ask whoever sent it to you for a new one.",
        ),
        _ => over(
            "This setup link has expired",
            &format!("It worked until {ends_at}. Ask whoever sent it to you for a new one."),
        ),
    }
}

fn called<'n>(branding: &'n Branding, connection: &'n str) -> &'n str {
    match branding.name.as_str() {
        "" => connection,
        name => name,
    }
}

fn over(title: &str, explanation: &str) -> Response {
    Page {
        status: StatusCode::GONE,
        title,
        explanation,
        links: &[Link::HOME],
        reference: None,
    }
    .into_response()
}

fn refused(error: &SettingsError) -> Response {
    let (status, refusal) = (error.status(), error.refusal());
    let (title, explanation) = match refusal {
        SettingsRefusal::UnknownSetupLink => (
            "This setup link isn't valid",
            "Check that you opened all of it, or ask whoever sent it to you for a new one."
                .to_owned(),
        ),
        refusal => ("The setup link can't be opened", refusal.to_string()),
    };
    let page = Page {
        status,
        title,
        explanation: &explanation,
        links: &[Link::HOME],
        reference: None,
    }
    .into_response();
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => retry_later(page),
        _ => page,
    }
}
