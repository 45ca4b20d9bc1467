//! The result of a test sign-in.

use leptos::{either::Either, prelude::*};
use okta_types::TestReport;
use serde_json::{Map, Value};

use super::parts::Moment;

#[component]
pub(super) fn Tested(report: TestReport) -> impl IntoView {
    let outcome = match report.refused {
        None => Either::Left(view! {
            <p role="status">"The test sign-in worked. It didn’t start a session. This is what Okta sent:"</p>
        }),
        Some(refused) => Either::Right(view! {
            <p class="okta-alert" role="alert">{format!("This sign-in would fail: {refused}.")}</p>
        }),
    };
    let roles = if report.roles.is_empty() {
        "None".to_owned()
    } else {
        report.roles.join(", ")
    };
    let missing_claims =
        (!report.missing_claims.is_empty()).then(|| report.missing_claims.join(", "));
    let left_out = (!report.left_out.is_empty()).then(|| report.left_out.join(", "));
    view! {
        <section class="okta-card okta-tested" aria-labelledby="okta-tested">
            <div class="okta-card-head">
                <h2 id="okta-tested">"Test result"</h2>
                <Moment at=report.at/>
            </div>
            {outcome}
            <dl>
                {report
                    .person
                    .map(|person| {
                        view! {
                            <dt>"Person"</dt>
                            <dd>{person}</dd>
                        }
                    })}
                {missing_claims
                    .map(|missing| {
                        view! {
                            <dt>"Extra claims that Okta didn’t send"</dt>
                            <dd>{missing}</dd>
                        }
                    })}
                {left_out
                    .map(|left_out| {
                        view! {
                            <dt>"Claims left out because their values aren’t valid"</dt>
                            <dd>{left_out}</dd>
                        }
                    })}
                {report
                    .no_user_info
                    .map(|reason| {
                        view! {
                            <dt>"Userinfo"</dt>
                            <dd>{format!("None: {reason}.")}</dd>
                        }
                    })}
                <dt>"Groups"</dt>
                <dd>
                    {report.groups_explained}
                    {report.groups.map(|groups| view! { <Groups groups/> }.into_any())}
                </dd>
                <dt>"Roles"</dt>
                <dd>{roles}</dd>
            </dl>
            {(!report.absent.is_empty()).then(|| view! { <Absent absent=report.absent/> }.into_any())}
            {(!report.id_token.is_empty())
                .then(|| view! { <Claims title="Claims in the ID token" claims=report.id_token open=true/> }.into_any())}
            {report
                .user_info
                .map(|claims| view! { <Claims title="Claims in userinfo" claims/> }.into_any())}
        </section>
    }
}

#[component]
fn Groups(groups: Vec<String>) -> impl IntoView {
    view! {
        <details>
            <summary>"Show the groups"</summary>
            <ul>{groups.into_iter().map(|group| view! { <li>{group}</li> }).collect_view()}</ul>
        </details>
    }
}

/// Groups of the role table that Okta did not send.
#[component]
fn Absent(absent: Vec<(String, String)>) -> impl IntoView {
    view! {
        <h3>"Groups in your rules that Okta didn’t send"</h3>
        <dl>
            {absent
                .into_iter()
                .map(|(group, why)| {
                    view! {
                        <dt>{group}</dt>
                        <dd>{why}</dd>
                    }
                })
                .collect_view()}
        </dl>
    }
}

#[component]
fn Claims(
    title: &'static str,
    claims: Map<String, Value>,
    #[prop(optional)] open: bool,
) -> impl IntoView {
    view! {
        <details open=open>
            <summary>{title}</summary>
            <dl class="okta-claims">
                {claims
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <dt>
                                <code>{name}</code>
                            </dt>
                            <dd>
                                <code>{value.to_string()}</code>
                            </dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </details>
    }
}
