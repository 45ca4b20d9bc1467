//! Test: `POST /api/okta/connections/okta/test` runs the checks again, then a real sign-in that
//! starts no session and shows what arrived.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::HeaderMap;
use okta_types::{Actor, GroupsFrom, TestReport};
use serde::Deserialize;

use super::{
    SignInError,
    attempt::Purpose,
    failure::Failure,
    start::{SignIn, to_okta},
    step_up::Confirmation,
};
use crate::{
    causes::with_causes,
    connection::{Connection, oidc::SignedInAtIssuer},
    http::{no_store, onward::onward, reference::Reference, return_to::ReturnTo},
    identity::{
        admission::admit,
        claims::from_claims,
        groups::{self, Groups, GroupsError},
        provisioned,
    },
    okta::Okta,
    services::Services,
    settings::{Admin, SettingsError, Visitor},
    store::now,
};

#[derive(Deserialize)]
pub(super) struct TestForm {
    #[serde(default)]
    return_to: String,
}

/// Sends the admin to Okta if all checks passed, else back to where they came from, with the
/// report.
pub(super) async fn start(
    State(okta): State<Okta>,
    Path(name): Path<String>,
    admin: Admin,
    reference: Reference,
    headers: HeaderMap,
    Form(form): Form<TestForm>,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    let services = okta.services()?;
    let connection = admin.known_connection()?;
    let return_to = ReturnTo::parse(&form.return_to, okta.base_url());
    if !admin.check().await?.passed() {
        return Ok(no_store(Redirect::to(return_to.as_str())));
    }
    let sign_in = SignIn {
        return_to: &return_to,
        purpose: Purpose::Trial,
        login_hint: None,
        confirmation: Confirmation::default(),
    };
    let started = to_okta(&okta, services, &connection, &headers, sign_in).await;
    Ok(match started {
        Ok(to_okta) => to_okta.by(|address| onward(&headers, address, "Taking you to Okta")),
        Err(error) => Failure::new(&okta, reference, error, Some(&return_to)).into_response(),
    })
}

/// Keeps what arrived for the admin who started it. The right may have been lost meanwhile, and
/// then nothing is shown.
pub(super) async fn finish(
    services: &Services,
    connection: &Connection,
    arrived: Result<SignedInAtIssuer, SignInError>,
    visitor: Result<Visitor, SettingsError>,
) -> Result<(), SignInError> {
    let admin = visitor?.admin().await?;
    let admin = admin.for_connection(&connection.config.name)?;
    let report = report(services, connection, arrived).await?;
    Ok(admin.keep_test(report).await?)
}

/// What arrived, as an admin is to see it.
async fn report(
    services: &Services,
    connection: &Connection,
    signed_in: Result<SignedInAtIssuer, SignInError>,
) -> Result<TestReport, SettingsError> {
    let mut report = TestReport::new(now());
    let signed_in = match signed_in {
        Ok(signed_in) => signed_in,
        Err(error) => {
            report.refused = Some(with_causes(&error));
            return Ok(report);
        }
    };
    let options = &connection.config.options;
    let found = groups::groups(connection, &signed_in).await;
    report.groups_explained = explained(&found);
    if let Err(error) = &found
        && groups::are_required(connection, &services.roles)
    {
        report.refused = Some(with_causes(error));
    }
    report.groups = found.ok().flatten().map(|groups| groups.names);

    let mut identity = from_claims(&signed_in, connection, report.groups.clone(), now(), now());
    let pushed = provisioned::complete(&services.store, &mut identity, connection).await?;
    if options.groups_from == GroupsFrom::Provisioning {
        report.groups.clone_from(&identity.groups);
        let count = identity.groups.as_ref().map_or(0, Vec::len);
        report.groups_explained = format!("{count} that Okta has pushed (provisioning).");
    }
    report.person = Some(Actor::from(&identity).to_string());
    let missing = options
        .claims
        .iter()
        .filter(|name| signed_in.claim(name).is_none());
    report.missing_claims = missing.cloned().collect();
    let admitted = pushed.and_then(|pushed| {
        admit(&connection.config.sign_in_policy, &identity)?;
        Ok(pushed.roles)
    });
    let assigned = match admitted {
        Ok(assigned) => assigned,
        Err(reason) => {
            report.refused.get_or_insert(reason.to_string());
            Vec::new()
        }
    };
    let (name, table) = (&connection.config.name, &connection.roles);
    report.roles = services.roles.of(&identity, table, &assigned).await?;
    let named = table.rules.iter().map(|rule| rule.group.as_str());
    for group in named.chain(services.roles.admin_group(name)) {
        let is_known = report.absent.iter().any(|(known, _)| known == group);
        if !identity.in_group(group) && !is_known {
            let why = why_absent(group, report.groups.as_deref());
            report.absent.push((group.to_owned(), why));
        }
    }
    report.left_out = signed_in.left_out;
    report.no_user_info = signed_in.no_user_info;
    report.id_token = signed_in.in_id_token;
    report.user_info = signed_in.in_user_info;
    Ok(report)
}

fn explained(found: &Result<Option<Groups>, GroupsError>) -> String {
    match found {
        Ok(Some(groups)) => format!("{} from {}.", groups.names.len(), groups.source),
        Ok(None) => "This connection doesn't use groups.".to_owned(),
        Err(error) => format!("None: {}.", with_causes(error)),
    }
}

fn why_absent(group: &str, groups: Option<&[String]>) -> String {
    let Some(groups) = groups else {
        return "Okta sent no groups at all; see above.".to_owned();
    };
    let like = groups
        .iter()
        .find(|other| other.trim().to_lowercase() == group.to_lowercase());
    match like {
        Some(other) => {
            format!("Okta calls it “{other}”. Names must match exactly.")
        }
        None => {
            "Okta didn't send it: this person isn't a member, it was renamed, or Okta filters it out."
                .to_owned()
        }
    }
}
