//! The named admins.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::AdminSummary;

use super::parts::{Moment, PageField};
use crate::settings::server_functions::RemoveAdmin;

#[component]
pub(super) fn Admins(admins: Vec<AdminSummary>, page: String) -> impl IntoView {
    let list = if admins.is_empty() {
        view! { <p class="okta-empty">"No named admins. Admin access comes from the roles above."</p> }.into_any()
    } else {
        let rows = admins.into_iter().map(|admin| {
            let page = page.clone();
            view! { <Admin admin page/> }
        });
        view! { <ul class="okta-people">{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="okta-card" aria-labelledby="okta-admins">
            <h2 id="okta-admins">"Named admins"</h2>
            <p>
                "Named admins have access to these settings whatever their roles. The first person to sign in after the setup \
                 code was entered becomes one."
            </p>
            {list}
        </section>
    }
}

#[component]
fn Admin(admin: AdminSummary, page: String) -> impl IntoView {
    let name = if admin.name.is_empty() {
        admin.subject.clone()
    } else {
        admin.name
    };
    let (remove, confirm) = (
        format!("Remove {name}…"),
        format!("Yes, remove {name} as admin"),
    );
    view! {
        <li>
            <div>
                <strong>{name}</strong>
                <p class="okta-hint">
                    "Admin since " <Moment at=admin.since/> " · " <code>{admin.subject.clone()}</code> " at "
                    <code>{admin.issuer.clone()}</code>
                </p>
            </div>
            <details class="okta-confirm">
                <summary aria-label=remove>"Remove…"</summary>
                <form method="post" action=RemoveAdmin::url()>
                    <p>"They lose access to these settings right away, unless a role gives it to them."</p>
                    <PageField page/>
                    <input type="hidden" name="issuer" value=admin.issuer/>
                    <input type="hidden" name="subject" value=admin.subject/>
                    <button type="submit" class="okta-danger" aria-label=confirm>
                        "Yes, remove"
                    </button>
                </form>
            </details>
        </li>
    }
}
