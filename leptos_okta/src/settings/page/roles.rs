//! Which group gives which role.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ADMIN, RoleTable, SeenGroup};

use crate::settings::server_functions::SaveRoles;

/// Room for more rules, without JavaScript; saving gives as many again.
const EMPTY_ROWS: usize = 3;

#[component]
pub(super) fn Roles(
    in_use: RoleTable,
    /// What was typed last and could not be saved.
    draft: Option<RoleTable>,
    /// Of the table in use, so that nobody replaces one they have not seen.
    version: String,
    /// Whether it was just saved.
    saved: bool,
    seen_groups: Vec<SeenGroup>,
    admin_group: Option<String>,
) -> impl IntoView {
    let not_saved = draft.is_some().then(|| {
        let in_use = format!("This table was not saved. In use is: {in_use}.");
        view! { <p class="okta-alert">{in_use}</p> }
    });
    let table = draft.unwrap_or(in_use);
    let rules = table
        .rules
        .into_iter()
        .map(|rule| (rule.group, rule.role))
        .chain(std::iter::repeat_n(Default::default(), EMPTY_ROWS));
    let rows: Vec<_> = rules
        .enumerate()
        .map(|(index, (group, role))| {
            let seen = seen(&group, &seen_groups);
            view! { <Rule index group role seen/> }
        })
        .collect();
    view! {
        <section class="okta-card" aria-labelledby="okta-roles">
            <h2 id="okta-roles">"Roles"</h2>
            <p>
                "Whoever is in a group of Okta's gets the role beside it. A change reaches everybody at once, also who is \
                 signed in. The role " <b>{ADMIN}</b> " opens these settings."
            </p>
            {admin_group
                .map(|group| {
                    view! {
                        <p>
                            "Members of " <b>{group}</b> " are admins whatever the table says: the server's environment \
                             names that group."
                        </p>
                    }
                })}
            {saved
                .then(|| view! { <p class="okta-done" role="status">"Saved, and in use from now on."</p> })}
            {not_saved}
            <form class="okta-roles" method="post" action=SaveRoles::url()>
                <input type="hidden" name="version" value=version/>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Order"</th>
                            <th scope="col">"Group in Okta"</th>
                            <th scope="col">"Role here"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <p class="okta-hint">"Empty a row to remove it. The order is the priority: the first role counts first."</p>
                <label for="okta-default-role">"Role of whoever gets none by a rule"</label>
                <input
                    id="okta-default-role"
                    name="default_role"
                    maxlength="255"
                    autocomplete="off"
                    placeholder="none"
                    value=table.default_role
                />
                <datalist id="okta-seen-groups">
                    {seen_groups
                        .into_iter()
                        .map(|group| view! { <option value=group.name></option> })
                        .collect_view()}
                </datalist>
                <button type="submit">"Save roles"</button>
            </form>
        </section>
    }
}

#[component]
fn Rule(index: usize, group: String, role: String, seen: Option<String>) -> impl IntoView {
    let number = index + 1;
    let name = |field: &str| format!("rows[{index}][{field}]");
    view! {
        <tr>
            <td>
                <input
                    name=name("order")
                    aria-label=format!("Order of rule {number}")
                    inputmode="numeric"
                    size="3"
                    maxlength="5"
                    autocomplete="off"
                    value=number.to_string()
                />
            </td>
            <td>
                <input
                    name=name("group")
                    aria-label=format!("Group of rule {number}")
                    list="okta-seen-groups"
                    maxlength="255"
                    autocomplete="off"
                    value=group
                />
                {seen.map(|seen| view! { <p class="okta-hint">{seen}</p> })}
            </td>
            <td>
                <input
                    name=name("role")
                    aria-label=format!("Role of rule {number}")
                    maxlength="255"
                    autocomplete="off"
                    autocapitalize="off"
                    value=role
                />
            </td>
        </tr>
    }
}

/// A group that was renamed in Okta is noticed here.
fn seen(group: &str, seen_groups: &[SeenGroup]) -> Option<String> {
    if group.is_empty() {
        return None;
    }
    let seen = seen_groups.iter().find(|seen| seen.name == group);
    Some(match seen {
        Some(seen) => format!("Somebody in it signed in last at {}.", seen.last_seen),
        None => {
            "Nobody in it has signed in yet. Is it spelled as in Okta, or was it renamed there?"
                .to_owned()
        }
    })
}
