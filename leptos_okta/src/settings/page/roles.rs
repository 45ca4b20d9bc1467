//! Which group gives which role, and who is an admin regardless.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ADMIN, GroupsFrom, OpenSettings, RoleRule, RoleTable, SeenGroup};

use super::{
    Place,
    admins::Admins,
    parts::{Moment, PageField},
};
use crate::settings::{section::Section, server_functions::SaveRoles};

#[component]
pub(super) fn RolesPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let OpenSettings {
        connection,
        roles,
        roles_draft,
        roles_version,
        seen_groups,
        admin_group,
        admins,
        by_link,
        ..
    } = settings;
    let page = place.address;
    let connection_link = place.console.href(Section::Connection);
    let without_groups = connection
        .as_ref()
        .is_some_and(|connection| connection.options.groups_from == GroupsFrom::Nowhere);
    let table = match connection {
        Some(_) => view! {
            <Rules
                in_use=roles
                draft=roles_draft
                version=roles_version
                seen_groups
                by_link
                admin_group
                page=page.clone()
            />
        }
        .into_any(),
        None => view! {
            <section class="okta-card">
                <p class="okta-empty">
                    "Connect Okta first: roles are based on people’s groups there. "
                    <a rel="external" href=connection_link.clone()>"Connect Okta"</a>
                </p>
            </section>
        }
        .into_any(),
    };
    view! {
        {without_groups
            .then(|| {
                view! {
                    <p class="okta-note">
                        "This connection doesn’t load groups, so no rule can match. Choose a group source under "
                        <a rel="external" href=connection_link>"Connection → Advanced options"</a> "."
                    </p>
                }
            })}
        {table}
        {(!by_link).then(|| view! { <Admins admins page/> }.into_any())}
    }
}

#[component]
fn Rules(
    in_use: RoleTable,
    /// The table being edited.
    draft: Option<RoleTable>,
    /// The version of the table in use, so that nobody overwrites one they haven't seen.
    version: String,
    seen_groups: Vec<SeenGroup>,
    /// Whether nobody knows yet who this is, so that they aren't told who has signed in.
    by_link: bool,
    admin_group: Option<String>,
    page: String,
) -> impl IntoView {
    let unsaved = draft
        .as_ref()
        .is_some_and(|draft| !is_same(draft, &in_use))
        .then(|| {
            let in_use = format!("Unsaved changes. In use now: {in_use}.");
            view! {
                <div class="okta-note okta-unsaved" role="status">
                    <p>{in_use}</p>
                    <button type="submit" name="action" value="discard" class="okta-quiet" formnovalidate>
                        "Discard changes"
                    </button>
                </div>
            }
        });
    let mut table = draft.unwrap_or(in_use);
    let is_empty_table = table.rules.is_empty();
    if is_empty_table {
        table.rules.push(RoleRule::new("", ""));
    }
    let last = table.rules.len() - 1;
    let rows: Vec<_> = table
        .rules
        .into_iter()
        .enumerate()
        .map(|(index, rule)| {
            let seen = match by_link {
                true => ().into_any(),
                false => seen(&rule.group, &seen_groups),
            };
            view! { <Rule index rule seen is_last=index == last/> }.into_any()
        })
        .collect();
    view! {
        <section class="okta-card" aria-labelledby="okta-rules">
            <h2 id="okta-rules">"Group rules"</h2>
            <p>
                "Everyone in the Okta group gets the role. Changes apply to everyone right away, including people who are \
                 signed in. The role " <code>{ADMIN}</code> " gives access to these settings."
            </p>
            {admin_group
                .map(|group| {
                    view! {
                        <p class="okta-note">
                            "Members of " <b>{group}</b> " are always admins. The app’s operator has set that group."
                        </p>
                    }
                })}
            <form class="okta-roles" method="post" action=SaveRoles::url()>
                // Submitted by Enter: a browser uses a form's first button.
                <button class="okta-hidden" type="submit" name="action" value="save" tabindex="-1" aria-hidden="true">
                    "Save"
                </button>
                <PageField page/>
                <input type="hidden" name="version" value=version/>
                {unsaved}
                {is_empty_table
                    .then(|| {
                        view! { <p class="okta-hint">"No rules yet. Everyone who signs in gets the default role, if there is one."</p> }
                    })}
                <ol class="okta-rules">{rows}</ol>
                <p class="okta-row-actions">
                    <button type="submit" name="action" value="add" class="okta-quiet">
                        "Add rule"
                    </button>
                    <span class="okta-hint">"Order sets priority: the first rule that matches gives a person their main role."</span>
                </p>
                <div class="okta-default-role">
                    <label for="okta-default-role">"Default role"</label>
                    <input
                        id="okta-default-role"
                        name="default_role"
                        maxlength="255"
                        autocomplete="off"
                        autocapitalize="off"
                        placeholder="None"
                        aria-describedby="okta-default-role-hint"
                        value=table.default_role
                    />
                    <p class="okta-hint" id="okta-default-role-hint">
                        "For everyone who matches no rule. Leave empty to give them no role."
                    </p>
                </div>
                <datalist id="okta-seen-groups">
                    {seen_groups
                        .into_iter()
                        .map(|group| view! { <option value=group.name></option> })
                        .collect_view()}
                </datalist>
                <p class="okta-form-actions">
                    <button type="submit" name="action" value="save">
                        "Save roles"
                    </button>
                </p>
            </form>
        </section>
    }
}

#[component]
fn Rule(index: usize, rule: RoleRule, seen: AnyView, is_last: bool) -> impl IntoView {
    let number = index + 1;
    let name = |field: &str| format!("rows[{index}][{field}]");
    let id = |field: &str| format!("okta-rule-{number}-{field}");
    let action = |verb: &str| format!("{verb}-{index}");
    view! {
        <li>
            <div>
                <label for=id("group")>"Group" <span class="okta-hidden">{format!(" of rule {number}")}</span></label>
                <input
                    id=id("group")
                    name=name("group")
                    list="okta-seen-groups"
                    maxlength="255"
                    autocomplete="off"
                    spellcheck="false"
                    value=rule.group
                />
                {seen}
            </div>
            <div>
                <label for=id("role")>"Role" <span class="okta-hidden">{format!(" of rule {number}")}</span></label>
                <input
                    id=id("role")
                    name=name("role")
                    maxlength="255"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    value=rule.role
                />
            </div>
            <div class="okta-rule-buttons">
                <RowButton value=action("up") label=format!("Move rule {number} up") sign="↑" disabled=index == 0/>
                <RowButton value=action("down") label=format!("Move rule {number} down") sign="↓" disabled=is_last/>
                <RowButton value=action("remove") label=format!("Remove rule {number}") sign="✕" disabled=false/>
            </div>
        </li>
    }
}

#[component]
pub(super) fn RowButton(
    value: String,
    label: String,
    sign: &'static str,
    disabled: bool,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            name="action"
            value=value
            class="okta-icon-button"
            title=label.clone()
            aria-label=label
            disabled=disabled
            formnovalidate
        >
            <span aria-hidden="true">{sign}</span>
        </button>
    }
}

fn is_empty(rule: &RoleRule) -> bool {
    rule.group.is_empty() && rule.role.is_empty()
}

/// Whether saving would change nothing.
fn is_same(draft: &RoleTable, in_use: &RoleTable) -> bool {
    let rules = draft.rules.iter().filter(|rule| !is_empty(rule));
    rules.eq(&in_use.rules)
        && draft.default_role.as_deref().unwrap_or_default()
            == in_use.default_role.as_deref().unwrap_or_default()
}

/// Reveals a group that was renamed in Okta.
fn seen(group: &str, seen_groups: &[SeenGroup]) -> AnyView {
    if group.is_empty() {
        return ().into_any();
    }
    match seen_groups.iter().find(|seen| seen.name == group) {
        Some(seen) => view! {
            <p class="okta-hint">"Last sign-in by a member: " <Moment at=seen.last_seen/></p>
        }
        .into_any(),
        None => view! {
            <p class="okta-hint" data-tone="warning">
                "No member has signed in yet. Check the spelling, or whether the group was renamed in Okta."
            </p>
        }
        .into_any(),
    }
}
