//! `POST /api/okta/connections/okta/test`: the checks again, then a real sign-in that starts no session and shows what
//! arrived.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use okta_types::{Actor, SettingsRefusal, TestReport};
use serde::Deserialize;

use super::{connections::known, failure::Failure, login::start, no_store};
use crate::{
    Admin, Okta,
    connection::Connection,
    error::{GroupsError, SettingsError, SignInError},
    groups::{Groups, groups},
    identity::from_claims,
    oidc::SignedInAtIssuer,
    okta::Open,
    return_to::ReturnTo,
    store::{Purpose, now},
};

#[derive(Deserialize)]
pub(super) struct TestForm {
    #[serde(default)]
    return_to: String,
}

/// Sends the admin to Okta if all checks passed, else back to where they came from, with the report.
pub(super) async fn test(
    State(okta): State<Okta>,
    Path(name): Path<String>,
    admin: Admin,
    cookies: CookieJar,
    Form(form): Form<TestForm>,
) -> Result<Response, SettingsError> {
    known(&name)?;
    let open = okta.open()?;
    let connection = okta
        .live_connection()
        .ok_or(SettingsRefusal::NotConnected)?;
    let return_to = ReturnTo::parse(&form.return_to, okta.base_url());
    if !admin.check().await?.passed() {
        return Ok(no_store(Redirect::to(return_to.as_str())));
    }
    let started = start(
        &okta,
        open,
        &connection,
        &return_to,
        &cookies,
        Purpose::Test,
    )
    .await;
    Ok(match started {
        Ok(to_okta) => no_store(to_okta),
        Err(error) => Failure::new(&okta, error, Some(&return_to)).into_response(),
    })
}

/// What arrived, as an admin is to see it.
pub(super) async fn report(
    open: &Open,
    connection: &Connection,
    signed_in: Result<SignedInAtIssuer, SignInError>,
) -> Result<TestReport, SettingsError> {
    let mut report = TestReport {
        at: now(),
        refused: None,
        person: None,
        missing_claims: Vec::new(),
        id_token: Default::default(),
        user_info: None,
        groups: None,
        groups_explained: String::new(),
        roles: Vec::new(),
        absent: Vec::new(),
    };
    let signed_in = match signed_in {
        Ok(signed_in) => signed_in,
        Err(error) => {
            report.refused = Some(error.to_string());
            return Ok(report);
        }
    };
    let found = groups(connection, &signed_in).await;
    report.groups_explained = explained(&found);
    if let Err(error) = &found
        && connection.refuses_without_groups(&open.roles)
    {
        report.refused = Some(error.to_string());
    }
    report.groups = found.ok().flatten().map(|groups| groups.names);

    let identity = from_claims(&signed_in, connection, report.groups.clone(), now(), now());
    report.person = Some(Actor::from(&identity).to_string());
    let extra = &connection.options().claims;
    let missing = extra.iter().filter(|name| signed_in.claim(name).is_none());
    report.missing_claims = missing.cloned().collect();
    let table = open.roles.table();
    report.roles = open.roles.of(&identity, &table).await?;
    let named = table.rules.iter().map(|rule| rule.group.as_str());
    for group in named.chain(open.roles.admin_group()) {
        let is_known = report.absent.iter().any(|(known, _)| known == group);
        if !identity.in_group(group) && !is_known {
            let why = why_absent(group, report.groups.as_deref());
            report.absent.push((group.to_owned(), why));
        }
    }
    report.id_token = signed_in.in_id_token;
    report.user_info = signed_in.in_user_info;
    Ok(report)
}

fn explained(found: &Result<Option<Groups>, GroupsError>) -> String {
    match found {
        Ok(Some(groups)) => format!("{} from {}.", groups.names.len(), groups.source),
        Ok(None) => "This connection doesn't use groups.".to_owned(),
        Err(error) => format!("None: {error}."),
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
