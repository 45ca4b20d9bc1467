//! What Connect verifies before it saves. Each check asks the real provider and reports in terms
//! that an admin knows.

mod offer;

use okta_types::{Check, CheckName, CheckReport, ConnectionOptions, GroupsFrom, Outcome};
use openidconnect::{
    AuthorizationCode, HttpResponse, PkceCodeVerifier, RequestTokenError,
    core::{CoreAuthPrompt, CoreErrorResponseType},
};
use url::Url;

use super::{
    Connection,
    oidc::{DiscoveryError, Metadata, Provider, RelyingParty, Wishes},
};
use crate::{
    causes::with_causes, okta_api::OktaApiError, outbound::HttpError, random_token,
    telemetry::ProviderRequest,
};

/// Runs the checks. If one fails that others depend on, those are skipped.
pub(crate) async fn check(connection: &Connection) -> CheckReport {
    let party = &connection.relying_party;
    let mut checks = Vec::new();
    if let Some(metadata) = check_discovery(&party.provider, &mut checks).await {
        let authentication = offer::client_authentication(party, &metadata);
        let is_possible = authentication
            .as_ref()
            .is_none_or(|check| check.outcome == Outcome::Passed);
        checks.extend(authentication);
        if is_possible {
            checks.push(check_credentials(party, &metadata).await);
        }
        match offer::pushed_requests(&metadata) {
            Some(impossible) => checks.push(impossible),
            None => check_sign_in(party, &metadata, &mut checks).await,
        }
        if !party.config.options.claims.is_empty() {
            checks.push(check_claims(&party.config.options.claims, &metadata));
        }
        checks.push(check_groups(connection, &metadata).await);
    }
    skip_rest(checks, &party.config.options)
}

/// The report for a form that can't even be tried.
pub(crate) fn refused_form(
    options: &ConnectionOptions,
    name: CheckName,
    message: String,
    remedy: &str,
) -> CheckReport {
    skip_rest(vec![failed(name, message, remedy)], options)
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
    CheckReport::new(checks)
}

async fn check_discovery(provider: &Provider, checks: &mut Vec<Check>) -> Option<Metadata> {
    let metadata = match provider.discovery_document().await {
        Ok(metadata) => metadata,
        Err(error) => {
            let remedy = issuer_remedy(&error);
            checks.push(failed(CheckName::Issuer, sentence(&error), remedy));
            return None;
        }
    };
    checks.push(passed(
        CheckName::Issuer,
        format!("{} returned its discovery document.", provider.issuer()),
    ));

    if let Err(error) = provider.check_issuer(&metadata) {
        checks.push(failed(
            CheckName::Discovery,
            sentence(&error),
            "Paste the issuer exactly as Okta shows it. Org authorization server: https://YOUR-DOMAIN.okta.com. \
             Custom authorization server: Security → API → Authorization Servers, column Issuer URI.",
        ));
        return None;
    }
    checks.push(passed(
        CheckName::Discovery,
        "The discovery document names this issuer.".to_owned(),
    ));

    if let Some(check) = offer::signing_algorithms(&metadata) {
        let impossible = check.outcome == Outcome::Failed;
        checks.push(check);
        if impossible {
            return None;
        }
    }

    let usable = match provider.check_endpoints(&metadata) {
        Ok(()) => provider.with_keys(metadata).await,
        Err(error) => Err(error),
    };
    match usable {
        Ok(metadata) => {
            checks.push(passed(
                CheckName::Endpoints,
                "All endpoints are present and the signing keys are valid.".to_owned(),
            ));
            Some(metadata)
        }
        Err(error) => {
            checks.push(failed(
                CheckName::Endpoints,
                sentence(&error),
                match error {
                    DiscoveryError::Keys { .. } => {
                        "The provider must publish a key for RS256, of at least 2048 bits, or for another algorithm that this app \
                         accepts. Check the issuer URI, and the signing keys at the provider."
                    }
                    _ => "This authorization server doesn't support sign-in for web apps. Check the issuer URI.",
                },
            ));
            None
        }
    }
}

fn issuer_remedy(error: &DiscoveryError) -> &'static str {
    match error {
        DiscoveryError::Http(HttpError::Timeout { .. }) => {
            "Check the domain for typos and that this server can reach the internet, then try again."
        }
        DiscoveryError::Http(HttpError::NotTls { .. }) => {
            "Check the port: Okta answers https on the default one. http is allowed only on this machine, for development."
        }
        DiscoveryError::Http(_) => {
            "Check the domain for typos. It is the one in your browser's address bar when you are in Okta, without \
             -admin. This server must be able to reach it."
        }
        DiscoveryError::Redirect { .. } => "Paste the address it redirects to.",
        DiscoveryError::Status { status: 404, .. } => {
            "There is no authorization server at this address. Remove everything after the domain, or use \
             /oauth2/default or the ID of a custom authorization server."
        }
        _ => "Paste the issuer URI of your Okta org, such as https://YOUR-DOMAIN.okta.com.",
    }
}

/// An invented code at the token endpoint tells valid credentials (`invalid_grant`) from invalid
/// ones (`invalid_client`): RFC 6749 §5.2.
async fn check_credentials(party: &RelyingParty, metadata: &Metadata) -> Check {
    let name = CheckName::Credentials;
    let answer = party
        .redeem(
            metadata,
            AuthorizationCode::new(random_token()),
            PkceCodeVerifier::new(random_token()),
        )
        .await;
    match answer {
        Err(RequestTokenError::ServerResponse(response)) => {
            let description = response.error_description().map(String::as_str);
            refused_code(response.error(), description)
        }
        // Some fail on an invented code.
        Err(RequestTokenError::Request(error @ HttpError::ServerError { .. })) => {
            unknown(name, sentence(&error))
        }
        Err(RequestTokenError::Request(error)) => failed(
            name,
            sentence(&error),
            "This server must be able to reach the token endpoint. Try again.",
        ),
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => unknown(
            name,
            "The token endpoint's response couldn't be parsed.".to_owned(),
        ),
        // An invented code that is accepted proves nothing about the secret.
        Ok(_) => unknown(name, "The token endpoint accepts any code.".to_owned()),
    }
}

fn refused_code(error: &CoreErrorResponseType, description: Option<&str>) -> Check {
    let name = CheckName::Credentials;
    let said = said(description);
    if asks_for(description, "dpop") || error.as_ref().contains("dpop") {
        return failed(
            CheckName::ProofOfPossession,
            format!("The token endpoint requires DPoP, which this app doesn't use.{said}"),
            "Switch it off for this app. In Okta, open the app → General → General Settings → Edit, and clear Require \
             Demonstrating Proof of Possession (DPoP) header in token requests.",
        );
    }
    match error {
        CoreErrorResponseType::InvalidGrant => passed(
            name,
            "The token endpoint accepts these credentials.".to_owned(),
        ),
        CoreErrorResponseType::InvalidClient => failed(
            name,
            format!("The token endpoint rejects this client ID and secret.{said}"),
            "Copy both again: in Okta, Applications → Applications → your app → General → Client Credentials. \
             Check that Client authentication is Client secret there, and that the app is active.",
        ),
        CoreErrorResponseType::UnauthorizedClient => failed(
            name,
            format!("This client isn't allowed to use the authorization code flow.{said}"),
            "In Okta, open the app → General → General Settings → Edit, and switch on Authorization Code \
             under Grant type. The app must be an OIDC Web Application.",
        ),
        other => unknown(
            name,
            format!(
                "The token endpoint responded with “{}”, which confirms nothing.{said}",
                shortened(other.as_ref())
            ),
        ),
    }
}

/// A silent authorization request gets a response at the redirect URI only if that is registered,
/// and the response says whether the scopes are accepted.
async fn check_sign_in(party: &RelyingParty, metadata: &Metadata, checks: &mut Vec<Check>) {
    let name = CheckName::RedirectUri;
    let silently = Wishes {
        prompt: Some(CoreAuthPrompt::None),
        ..Wishes::default()
    };
    let request = party.authorization_request_to(metadata, silently);
    let http = party.provider.http();
    let answer = match http.get(ProviderRequest::Authorization, &request.url).await {
        Ok(answer) => answer,
        Err(error) => {
            checks.push(failed(
                name,
                sentence(&error),
                "This server must be able to reach the authorization endpoint. Try again.",
            ));
            return;
        }
    };
    let extra_scopes = party.config.options.scopes.join(" ");
    let status = answer.status();
    let error = error_at_callback(&answer, &request.url, &party.redirect_uri);
    let (error, description) = error.unzip();
    let description = description.flatten();
    let said = said(description.as_deref());
    let comes_back = || {
        passed(
            name,
            format!(
                "Okta redirects to {} as expected.",
                party.redirect_uri.as_str()
            ),
        )
    };
    match error.as_deref() {
        Some("invalid_scope") if !extra_scopes.is_empty() => {
            checks.push(comes_back());
            checks.push(failed(
                CheckName::Scopes,
                format!("Okta doesn't know all of these scopes: {extra_scopes}.{said}"),
                "Remove the scope, or add it in Okta: Security → API → Authorization Servers → your server → Scopes. \
                 The org authorization server has no custom scopes.",
            ));
        }
        Some("invalid_request") if asks_for(description.as_deref(), "pushed") => {
            checks.push(offer::pushed_requests_required(&said));
        }
        Some(
            error @ ("invalid_scope" | "unauthorized_client" | "unsupported_response_type"
            | "invalid_request"),
        ) => checks.push(failed(
            name,
            format!(
                "The redirect URI is registered, but Okta responds to a sign-in with “{error}”.{said}"
            ),
            match error {
                "invalid_scope" => {
                    "Allow this app the scopes openid, profile, and email. In Okta: Security → API → Authorization \
                     Servers → your server → Access Policies."
                }
                "invalid_request" => {
                    "Change what the message names, in the app → General → General Settings → Edit, or ask the \
                     provider's support."
                }
                _ => {
                    "In Okta, open the app → General → General Settings → Edit, and switch on Authorization Code under \
                     Grant type."
                }
            },
        )),
        Some(_) => {
            checks.push(comes_back());
            if !extra_scopes.is_empty() {
                checks.push(passed(
                    CheckName::Scopes,
                    format!("Okta accepts a sign-in with {extra_scopes}."),
                ));
            }
        }
        None if status.is_client_error() => checks.push(failed(
            name,
            format!(
                "Okta rejects a sign-in that returns to {} (status {}).",
                party.redirect_uri.as_str(),
                status.as_u16()
            ),
            "In Okta, open the app → General → LOGIN → Edit, and add exactly this address to the \
             Sign-in redirect URIs. If it is there already, check the client ID.",
        )),
        None => {
            checks.push(unknown(
                name,
                "This provider shows its sign-in page without confirming that the redirect URI is registered."
                    .to_owned(),
            ));
            if !extra_scopes.is_empty() {
                checks.push(unknown(
                    CheckName::Scopes,
                    "Only a sign-in shows whether Okta knows them. Run a test sign-in.".to_owned(),
                ));
            }
        }
    }
}

/// Discovery may list the supported claims. Claims that it doesn't list may still be sent.
fn check_claims(claims: &[String], metadata: &Metadata) -> Check {
    let unnamed: Vec<&str> = claims
        .iter()
        .map(String::as_str)
        .filter(|claim| !names_claim(metadata, claim))
        .collect();
    if unnamed.is_empty() {
        return passed(
            CheckName::Claims,
            format!("Okta supports {}.", claims.join(", ")),
        );
    }
    unknown(
        CheckName::Claims,
        format!(
            "Okta doesn't say whether it sends {}. Run a test sign-in.",
            unnamed.join(", ")
        ),
    )
}

async fn check_groups(connection: &Connection, metadata: &Metadata) -> Check {
    let name = CheckName::Groups;
    let claim = &connection.config.options.groups_claim;
    match connection.config.options.groups_from {
        GroupsFrom::Nowhere => passed(name, "This connection doesn't use groups.".to_owned()),
        GroupsFrom::Api => match owner_of_token(connection).await {
            Ok(owner) => passed(
                name,
                format!("Okta's API accepts the token of {owner}, which can read groups."),
            ),
            Err(error) => failed(
                name,
                sentence(&error),
                "Create a token in Okta: Security → API → Tokens → Create token, as an admin who can read users and \
                 groups, such as a Read-only Administrator.",
            ),
        },
        _ if names_claim(metadata, claim) => {
            passed(name, format!("Okta supports the claim “{claim}”."))
        }
        _ => unknown(
            name,
            format!(
                "Only a sign-in shows whether Okta sends the claim “{claim}”. Run a test sign-in."
            ),
        ),
    }
}

async fn owner_of_token(connection: &Connection) -> Result<String, OktaApiError> {
    let api = connection.okta_api()?;
    let owner = api.token_owner().await?;
    api.may_read_groups().await?;
    Ok(owner)
}

fn names_claim(metadata: &Metadata, claim: &str) -> bool {
    metadata
        .claims_supported()
        .is_some_and(|claims| claims.iter().any(|name| name.as_str() == claim))
}

/// The `error` in the provider's redirect to our callback, and its description. A code counts as
/// the error "none".
fn error_at_callback(
    answer: &HttpResponse,
    asked: &Url,
    callback: &str,
) -> Option<(String, Option<String>)> {
    if !answer.status().is_redirection() {
        return None;
    }
    let location = answer
        .headers()
        .get(http::header::LOCATION)?
        .to_str()
        .ok()?;
    let location = asked.join(location).ok()?;
    let mut without_query = location.clone();
    without_query.set_query(None);
    without_query.set_fragment(None);
    if without_query.as_str() != callback {
        return None;
    }
    let parameter = |wanted: &str| {
        let mut parameters = location.query_pairs();
        let found = parameters.find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let error = parameter("error").unwrap_or_else(|| "none".to_owned());
    Some((error, parameter("error_description")))
}

/// Longer than any helpful description.
const MAX_SAID: usize = 200;

/// The provider's error description, to be appended to a message. The text is not trusted: it is
/// cut, and can't change how the rest is shown.
fn said(description: Option<&str>) -> String {
    match description.map(shortened) {
        Some(text) if !text.is_empty() => format!(" The provider says: “{text}”"),
        _ => String::new(),
    }
}

fn shortened(text: &str) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = text.trim().chars().filter(is_shown);
    let mut cut: String = shown.by_ref().take(MAX_SAID).collect();
    if shown.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Whether the provider's description mentions this. RFC 6749 has no error code for it.
fn asks_for(description: Option<&str>, what: &str) -> bool {
    description.is_some_and(|text| text.to_ascii_lowercase().contains(what))
}

/// The error as a sentence. Error messages start in lower case, so that they can be embedded. A
/// host or an address stays as it is.
fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let text = with_causes(error);
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if first_word.contains(['.', ':', '/']) {
        return format!("{text}.");
    }
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => text,
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
