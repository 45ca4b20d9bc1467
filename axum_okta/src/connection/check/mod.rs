//! What Connect verifies before it saves. Each check asks the real provider and reports in terms
//! that an admin knows.

mod credentials;
mod groups;
mod offer;
mod possession;
mod provider;
mod redirect_uri;
mod wording;

use okta_types::{Check, CheckName, CheckReport, ConnectionOptions, Outcome};

use super::Connection;

/// Runs the checks. If one fails that others depend on, those are skipped.
pub(crate) async fn check(connection: &Connection) -> CheckReport {
    let party = &connection.relying_party;
    let mut checks = Vec::new();
    if let Some(metadata) = provider::check(&party.provider, &mut checks).await {
        let demanded = [
            offer::client_authentication(party, &metadata),
            possession::offered(party, &metadata),
        ];
        let demanded: Vec<Check> = demanded.into_iter().flatten().collect();
        let is_possible = demanded
            .iter()
            .all(|check| check.outcome == Outcome::Passed);
        checks.extend(demanded);
        if is_possible {
            checks.push(credentials::check(party, &metadata).await);
        }
        match offer::pushed_requests(party, &metadata) {
            Some(impossible) => checks.push(impossible),
            None => redirect_uri::check(party, &metadata, &mut checks).await,
        }
        if !party.config.options.claims.is_empty() {
            checks.push(groups::check_claims(
                &party.config.options.claims,
                &metadata,
            ));
        }
        checks.push(groups::check_groups(connection, &metadata).await);
    }
    skip_rest(checks, &party.config.options)
}

/// The report for a form that can't even be tried.
pub(crate) fn refused_form(
    options: &ConnectionOptions,
    name: CheckName,
    field: &str,
    message: String,
    remedy: &str,
) -> CheckReport {
    let check = failed(name, message, remedy).with_field(field);
    skip_rest(vec![check], options)
}

/// The checks that always run for these options. Others are added if they have something to report.
fn planned(options: &ConnectionOptions) -> Vec<CheckName> {
    use CheckName as Name;
    let mut names = vec![
        Name::Issuer,
        Name::Discovery,
        Name::Endpoints,
        Name::Credentials,
        Name::RedirectUri,
    ];
    if !options.scopes.is_empty() {
        names.push(Name::Scopes);
    }
    if !options.claims.is_empty() {
        names.push(Name::Claims);
    }
    names.push(Name::Groups);
    names
}

fn skip_rest(mut checks: Vec<Check>, options: &ConnectionOptions) -> CheckReport {
    for name in planned(options) {
        if checks.iter().all(|check| check.name != name) {
            checks.push(Check::new(
                name,
                Outcome::Skipped,
                "Skipped because another check failed.",
            ));
        }
    }
    checks.sort_by_key(|check| check.name);
    for check in &mut checks {
        if check.outcome == Outcome::Failed && check.field.is_none() {
            check.field = field(check.name).map(str::to_owned);
        }
    }
    CheckReport::new(checks)
}

/// Which field of the form is about this. The redirect URI is none.
fn field(name: CheckName) -> Option<&'static str> {
    match name {
        CheckName::Issuer | CheckName::Discovery | CheckName::SigningAlgorithm => Some("issuer"),
        CheckName::ClientAuthentication => Some("client_authentication"),
        CheckName::Credentials => Some("client_secret"),
        CheckName::ProofOfPossession => Some("dpop"),
        CheckName::PushedRequests => Some("pushed_requests"),
        CheckName::Scopes => Some("scopes"),
        CheckName::Claims => Some("claims"),
        CheckName::Groups => Some("groups_from"),
        _ => None,
    }
}

fn passed(name: CheckName, message: String) -> Check {
    Check::new(name, Outcome::Passed, message)
}

fn failed(name: CheckName, message: String, remedy: &str) -> Check {
    Check::new(name, Outcome::Failed, message).with_remedy(remedy)
}

fn unknown(name: CheckName, message: String) -> Check {
    Check::new(name, Outcome::Unknown, message)
}
