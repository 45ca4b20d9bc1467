//! What becomes of the roles and attributes that Okta pushes.

use axum_okta::settings::{FieldProblem, ProvisionedClaim, ProvisioningDraft, ProvisioningForm};
use leptos::{prelude::*, server_fn::ServerFn};

use crate::settings::{
    page::{parts::PageField, roles::RowButton},
    server_functions::SaveProvisioning,
};

/// What Okta pushes of most people.
const ATTRIBUTES: [&str; 8] = [
    "title",
    "userType",
    "locale",
    "timezone",
    "emails[type eq \"work\"].value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
];

#[component]
pub(super) fn Options(
    options: ProvisioningForm,
    draft: Option<ProvisioningDraft>,
    /// The roles that Okta can assign.
    roles: Vec<String>,
    page: String,
) -> impl IntoView {
    let unsaved = draft.is_some().then(|| {
        view! {
            <div class="okta-note okta-unsaved" role="status">
                <p>"Unsaved changes."</p>
                <button type="submit" name="action" value="discard" class="okta-quiet" formnovalidate>
                    "Discard changes"
                </button>
            </div>
        }
    });
    let ProvisioningDraft { form, problems, .. } =
        draft.unwrap_or_else(|| ProvisioningDraft::new(options, Vec::new()));
    let known = match roles.is_empty() {
        true => "This app has no roles yet that Okta could assign: add them in the section Roles."
            .to_owned(),
        false => format!("Okta can assign these: {}.", roles.join(", ")),
    };
    let of_all = detail(&problems, "/provisioned_claims");
    let of_all =
        of_all.map(|detail| view! { <p class="okta-hint" data-tone="warning">{detail}</p> });
    let rows = form.provisioned_claims.into_iter().enumerate();
    let rows: Vec<_> = rows
        .map(|(index, row)| {
            let problem =
                |field: &str| detail(&problems, &format!("/provisioned_claims/{index}/{field}"));
            let problems = [problem("attribute"), problem("claim")];
            view! { <Row index row problems/> }.into_any()
        })
        .collect();
    view! {
        <section class="okta-card" aria-labelledby="okta-scim-options">
            <h2 id="okta-scim-options">"Roles and attributes"</h2>
            <form class="okta-roles" method="post" action=SaveProvisioning::url()>
                // Submitted by Enter: a browser uses a form's first button.
                <button class="okta-hidden" type="submit" name="action" value="save" tabindex="-1" aria-hidden="true">
                    "Save"
                </button>
                <PageField page/>
                {unsaved}
                <label class="okta-choice">
                    <input
                        type="checkbox"
                        name="roles"
                        value="on"
                        checked=form.provisioned_roles
                        aria-describedby="okta-scim-roles-hint"
                    />
                    "Roles that Okta assigns to people count here"
                </label>
                <p class="okta-hint" id="okta-scim-roles-hint">
                    "Okta can then see this app’s roles and entitlements (Okta Identity Governance). Roles it assigns are added to \
                     those from the group rules. The admin role can’t be assigned this way. " {known}
                </p>
                <h3>"Attributes as claims"</h3>
                <p class="okta-hint">
                    "Each attribute listed here becomes a claim that this app’s code can read."
                </p>
                {of_all}
                <ol class="okta-rules">{rows}</ol>
                <p class="okta-row-actions">
                    <button type="submit" name="action" value="add" class="okta-quiet" formnovalidate>
                        "Add attribute"
                    </button>
                </p>
                <datalist id="okta-scim-attributes">
                    {ATTRIBUTES.map(|name| view! { <option value=name></option> }).collect_view()}
                </datalist>
                <p class="okta-form-actions">
                    <button type="submit" name="action" value="save">
                        "Save"
                    </button>
                </p>
            </form>
        </section>
    }
}

#[component]
fn Row(
    index: usize,
    row: ProvisionedClaim,
    /// What is wrong with the attribute, and with the claim.
    problems: [Option<String>; 2],
) -> impl IntoView {
    let number = index + 1;
    let [attribute, claim] = problems;
    let fields = [
        ("attribute", "Attribute", row.attribute, attribute),
        ("claim", "Claim", row.claim, claim),
    ];
    let fields = fields.map(|(field, label, value, problem)| {
        let id = format!("okta-claim-{number}-{field}");
        let list = (field == "attribute").then_some("okta-scim-attributes");
        let problem_id = problem.is_some().then(|| format!("{id}-problem"));
        view! {
            <div>
                <label for=id.clone()>
                    {label} <span class="okta-hidden">{format!(" {number}")}</span>
                </label>
                <input
                    id=id
                    name=format!("rows[{index}][{field}]")
                    list=list
                    maxlength="255"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    value=value
                    aria-invalid=problem.is_some().then_some("true")
                    aria-describedby=problem_id.clone()
                />
                {problem
                    .map(|problem| {
                        view! {
                            <p class="okta-hint" data-tone="warning" id=problem_id>
                                {problem}
                            </p>
                        }
                    })}
            </div>
        }
        .into_any()
    });
    let label = format!("Remove attribute {number}");
    view! {
        <li>
            {fields.into_iter().collect_view()}
            <div class="okta-rule-buttons">
                <RowButton value=format!("remove-{index}") label sign="✕" disabled=false/>
            </div>
        </li>
    }
}

/// What is wrong with the field at this place.
fn detail(problems: &[FieldProblem], pointer: &str) -> Option<String> {
    let problem = problems.iter().find(|problem| problem.pointer == pointer);
    problem.map(|problem| problem.detail.clone())
}
