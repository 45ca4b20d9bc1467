//! Who is signed in, the newest first, and the ways to end it.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ConnectionSummary, OpenSettings, SessionPage, SessionQuery, SessionSummary};

use super::{
    Place,
    list::{Pager, SearchForm, Table},
    parts::{Badge, Moment, PageField, Tone},
};
use crate::settings::{
    console::with_query,
    section::Section,
    server_functions::{EndAllSessions, EndSession, EndSessionsOf},
};

#[component]
pub(super) fn PeoplePage(settings: OpenSettings, place: Place) -> impl IntoView {
    let Place {
        console,
        address,
        sessions,
        session_query,
        ..
    } = place;
    let SessionPage {
        sessions,
        next,
        stopped_after,
        ..
    } = sessions;
    let SessionQuery { person, before, .. } = session_query;
    let is_filtered = person.is_some();
    let filtered = with_query(&address, person.as_deref().map(|person| ("person", person)));
    let newest = before.as_ref().map(|_| filtered.clone());
    let older = next.map(|place| with_query(&filtered, [("older", place.as_str())]));
    // An end returns to the same part of the list.
    let page = match &before {
        Some(place) => with_query(&filtered, [("older", place.as_str())]),
        None => filtered,
    };
    let nobody = sessions.is_empty() && !is_filtered && before.is_none();
    let list = if sessions.is_empty() {
        let text = match (is_filtered, before.is_some()) {
            (true, _) => "Nobody who is signed in matches this search.",
            (false, true) => "Nobody signed in earlier than that.",
            (false, false) => "Nobody is signed in.",
        };
        view! { <p class="okta-empty">{text}</p> }.into_any()
    } else {
        let connection = settings.connection;
        view! { <Sessions sessions connection page=page.clone()/> }.into_any()
    };
    let search = view! {
        <SearchForm
            console
            section=Section::People
            label="Person"
            name="person"
            text=person
            placeholder="Name, email, or subject"
            button="Search"
            whole=is_filtered.then_some(address)
        />
    };
    let turns = [
        ("Newest", "external first", newest),
        ("Older", "external next", older),
    ];
    let pager = view! { <Pager label="Pages of the sessions" turns/> };
    view! {
        {search.into_any()}
        <section class="okta-card" aria-labelledby="okta-sessions">
            <h2 id="okta-sessions">"Sessions"</h2>
            <p>"One for each browser that somebody is signed in with. If you end a session, it ends at once, on every server."</p>
            {list}
            {stopped_after
                .map(|number| {
                    view! {
                        <p class="okta-hint">
                            "The search stopped after " {number} " sessions. To search those that began earlier, choose Older."
                        </p>
                    }
                })}
            {pager.into_any()}
        </section>
        {(!nobody).then(|| view! { <SignOutEverybody page/> }.into_any())}
    }
}

#[component]
pub(super) fn Sessions(
    sessions: Vec<SessionSummary>,
    connection: Option<ConnectionSummary>,
    page: String,
) -> impl IntoView {
    let rows = sessions.into_iter().map(|session| {
        let known = connection.as_ref();
        let known = known.filter(|connection| connection.name == session.connection);
        let connection = known.map_or(session.connection.clone(), |known| {
            known.options.display_name.clone()
        });
        let page = page.clone();
        view! { <Row session connection page/> }.into_any()
    });
    let columns = &["Person", "Browser", "Connection", "Signed in", "Last seen"];
    let rows = rows.collect();
    view! { <Table class="okta-entries okta-session-table" columns unseen="Sign out" rows/> }
}

#[component]
fn Row(session: SessionSummary, connection: String, page: String) -> impl IntoView {
    let name = session.name.clone();
    let more = session.email.clone().unwrap_or(session.subject.clone());
    let sign_out = view! { <SignOut session=session.clone() page/> }.into_any();
    view! {
        <tr role="row" data-session=session.id>
            <td role="cell">
                <span class="okta-session-person" title=session.subject.clone()>
                    {name}
                </span>
                {session.is_current.then(|| view! { <Badge tone=Tone::Neutral text="This session"/> })}
                <span class="okta-session-more">{more}</span>
            </td>
            <td role="cell">
                {session.browser.clone()}
                <span class="okta-session-more">{session.address.clone()}</span>
            </td>
            <td role="cell">{connection}</td>
            <td role="cell">
                <span class="okta-session-label">"Signed in "</span>
                <Moment at=session.since/>
            </td>
            <td role="cell">
                <span class="okta-session-label">"Last seen "</span>
                <Moment at=session.last_seen/>
            </td>
            <td role="cell">{sign_out}</td>
        </tr>
    }
}

/// Ends this session, or all of this person's.
#[component]
fn SignOut(session: SessionSummary, page: String) -> impl IntoView {
    let SessionSummary {
        id,
        issuer,
        subject,
        name,
        browser,
        is_current,
        ..
    } = session;
    let summary = format!("Sign out {name}, {browser}…");
    let text = if is_current {
        "This is your own session. You will have to sign in again."
    } else {
        "They will have to sign in again. To keep them out, deactivate them in Okta."
    };
    let everywhere = format!("Sign out {name} everywhere");
    view! {
        <details class="okta-confirm">
            <summary aria-label=summary>"Sign out…"</summary>
            <p>{text}</p>
            <form method="post" action=EndSession::url()>
                <PageField page=page.clone()/>
                <input type="hidden" name="id" value=id/>
                <button type="submit" class="okta-danger">
                    "Yes, end this session"
                </button>
            </form>
            <form method="post" action=EndSessionsOf::url()>
                <PageField page/>
                <input type="hidden" name="issuer" value=issuer/>
                <input type="hidden" name="subject" value=subject/>
                <button type="submit" class="okta-quiet" aria-label=everywhere>
                    "Yes, everywhere"
                </button>
            </form>
        </details>
    }
}

#[component]
fn SignOutEverybody(page: String) -> impl IntoView {
    view! {
        <section class="okta-card okta-danger-zone" aria-labelledby="okta-everybody">
            <h2 id="okta-everybody">"Sign out everybody"</h2>
            <p>"Ends every session that this section lists, including your own. Everybody has to sign in again. Their sessions at Okta continue."</p>
            <details class="okta-confirm">
                <summary>"Sign out everybody…"</summary>
                <form method="post" action=EndAllSessions::url()>
                    <p>"Unsaved work may be lost. You will have to sign in again, too."</p>
                    <PageField page/>
                    <button type="submit" class="okta-danger">
                        "Yes, sign out everybody"
                    </button>
                </form>
            </details>
        </section>
    }
}
