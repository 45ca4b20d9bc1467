//! Who is admin by name.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::AdminSummary;

use crate::settings::server_functions::RemoveAdmin;

#[component]
pub(super) fn Admins(
    admins: Vec<AdminSummary>,
    /// Whether one was just removed.
    removed: bool,
) -> impl IntoView {
    view! {
        <section class="okta-card" aria-labelledby="okta-admins">
            <h2 id="okta-admins">"Admins by name"</h2>
            <p>
                "Whoever signed in first after the setup code was entered is admin by name, whatever the roles say."
            </p>
            {removed.then(|| view! { <p class="okta-done" role="status">"Removed."</p> })}
            <ul class="okta-admins">
                {admins.into_iter().map(|admin| view! { <Admin admin/> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Admin(admin: AdminSummary) -> impl IntoView {
    let name = if admin.name.is_empty() {
        admin.subject.clone()
    } else {
        admin.name
    };
    let remove = format!("Remove {name} as admin");
    view! {
        <li>
            <span>
                <b>{name}</b> " since " {admin.since.to_string()} " " <code>{admin.subject.clone()}</code>
                " at " <code>{admin.issuer.clone()}</code>
            </span>
            <form method="post" action=RemoveAdmin::url()>
                <input type="hidden" name="issuer" value=admin.issuer/>
                <input type="hidden" name="subject" value=admin.subject/>
                <button type="submit" class="okta-danger" aria-label=remove>
                    "Remove"
                </button>
            </form>
        </li>
    }
}
