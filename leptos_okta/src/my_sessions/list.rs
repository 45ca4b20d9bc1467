//! The list, rendered on the server, and what its forms do.

use axum::{extract::FromRequestParts, http::request::Parts};
use axum_okta::{
    Okta,
    sessions::{OwnSessions, SessionSummary, SessionsError},
};
use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::SettingsRefusal;

use super::{EndMyOtherSessions, EndMySession, OUTCOME};
use crate::settings::{
    Badge, Moment, PageField, Refused, Tone, alert, parameters, see_other, with_query,
};

/// The list on this page, or why there is none.
pub(super) async fn html(page: String) -> String {
    let (_, query) = page.split_once('?').unwrap_or_default();
    let outcome = parameters(query).remove(OUTCOME);
    let own = async { own().await?.list().await }.await;
    match own {
        Ok(sessions) => view! { <List sessions outcome page/> }.to_html(),
        Err(error) => alert(words(&error)),
    }
}

async fn own() -> Result<OwnSessions, SessionsError> {
    let mut parts: Parts = use_context().ok_or(SessionsError::LayerMissing)?;
    OwnSessions::from_request_parts(&mut parts, &()).await
}

/// Ends sessions, and goes back to the page.
pub(super) async fn end(
    page: &str,
    work: impl AsyncFnOnce(OwnSessions) -> Result<(), SessionsError>,
) -> Result<(), Refused> {
    let failed = Refused(SettingsRefusal::Failed);
    let parts: Parts = use_context().ok_or(failed)?;
    let okta: &Okta = parts.extensions.get().ok_or(failed)?;
    let page = okta.local_path(page).unwrap_or_else(|| "/".to_owned());
    let done = async { work(own().await?).await }.await;
    let outcome = match &done {
        Ok(()) => "ended",
        Err(SessionsError::Unknown) => "unknown",
        Err(_) => "failed",
    };
    see_other(&with_query(&without_outcome(&page), [(OUTCOME, outcome)]));
    done.map_err(|_| failed)
}

/// The address without what an earlier end has added.
fn without_outcome(page: &str) -> String {
    let (page, _) = page.split_once('#').unwrap_or((page, ""));
    let Some((path, query)) = page.split_once('?') else {
        return page.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| pair.split('=').next() != Some(OUTCOME))
        .collect();
    match kept.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", kept.join("&")),
    }
}

fn words(error: &SessionsError) -> &'static str {
    match error {
        SessionsError::NotSignedIn => "Sign in to see where you are signed in.",
        SessionsError::Unknown => "This session has already ended.",
        _ => "Your sessions can’t be shown or ended right now. Try again later.",
    }
}

#[component]
fn List(sessions: Vec<SessionSummary>, outcome: Option<String>, page: String) -> impl IntoView {
    let done = match outcome.as_deref() {
        Some("ended") => Some("Signed out."),
        _ => None,
    };
    let refused = match outcome.as_deref() {
        Some("unknown") => Some(words(&SessionsError::Unknown)),
        Some("failed") => Some("That did not work. Try again later."),
        _ => None,
    };
    let others = sessions.iter().any(|session| !session.is_current);
    let rows = sessions.into_iter().map(|session| {
        let page = page.clone();
        view! { <Row session page/> }.into_any()
    });
    view! {
        {refused.map(|text| view! { <p class="okta-alert" role="alert">{text}</p> })}
        {done.map(|text| view! { <p class="okta-done" role="status">{text}</p> })}
        <ul class="okta-people">{rows.collect_view()}</ul>
        {others
            .then(|| {
                view! {
                    <form method="post" action=EndMyOtherSessions::url()>
                        <PageField page=page.clone()/>
                        <button type="submit" class="okta-quiet">
                            "Sign out everywhere else"
                        </button>
                    </form>
                }
            })}
    }
}

#[component]
fn Row(session: SessionSummary, page: String) -> impl IntoView {
    let name = format!("Sign out of {}", session.browser);
    let end = (!session.is_current).then(|| {
        view! {
            <form method="post" action=EndMySession::url()>
                <PageField page/>
                <input type="hidden" name="id" value=session.id.clone()/>
                <button type="submit" class="okta-quiet" aria-label=name>
                    "Sign out"
                </button>
            </form>
        }
    });
    view! {
        <li>
            <div>
                <strong>{session.browser.clone()}</strong>
                {session.is_current.then(|| view! { <Badge tone=Tone::Good text="This browser"/> })}
                <p class="okta-hint">
                    {session.address.clone().map(|address| format!("{address} · "))} "Signed in " <Moment at=session.since/>
                    " · Last seen " <Moment at=session.last_seen/>
                </p>
            </div>
            {end}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::without_outcome;

    #[test]
    fn an_outcome_replaces_the_one_before() {
        for (page, expected) in [
            ("/identity", "/identity"),
            ("/identity?okta_sessions=ended", "/identity"),
            ("/me?a=b&okta_sessions=ended&c=d#top", "/me?a=b&c=d"),
        ] {
            assert_eq!(without_outcome(page), expected);
        }
    }
}
