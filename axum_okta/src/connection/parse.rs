//! From what an admin entered to a connection that can be tried.

use okta_types::{
    CheckName, CheckReport, ClientAuthentication, ConnectionForm, ConnectionOptions, FieldProblem,
    GroupsFrom, ProvisionedClaim, SignInPolicy,
};
use secrecy::SecretString;
use url::Url;

use super::{check, domain::domain_of, issuer};
use crate::{
    random_token, scim,
    store::{ConnectionConfig, Standing, now},
};

/// Okta's client IDs have 20 characters, its secrets 64, its API tokens 42; other providers' are
/// longer.
const MAX_FIELD_LENGTH: usize = 1024;
/// Longer than any name of a connection, scope, or claim.
const MAX_NAME_LENGTH: usize = 255;
/// More than any app needs. Each claim is stored in every session.
const MAX_NAMES: usize = 50;

const CREDENTIALS_REMEDY: &str =
    "Copy it from Okta: Applications → Applications → your app → General → Client Credentials.";

/// Whether a connection can be called so: it is part of addresses, and of what people type.
pub(crate) fn is_name(name: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_inside) && !name.starts_with('-')
}

/// Returns the connection of this name, or a report that says why there is none. Empty secrets are
/// taken from the connection in use, but are sent only to the provider they were entered for.
pub(crate) fn connection(
    name: &str,
    form: &ConnectionForm,
    allow_http_on_loopback: bool,
    in_use: Option<&ConnectionConfig>,
) -> Result<ConnectionConfig, CheckReport> {
    let refused = |name, field: &str, message, remedy: &str| {
        check::refused_form(&form.options, name, field, message, remedy)
    };

    let issuer = issuer::parse(
        &form.issuer,
        &form.authorization_server,
        allow_http_on_loopback,
    )
    .map_err(|error| {
        refused(
            CheckName::Issuer,
            "issuer",
            format!("This issuer can't be used: {error}."),
            "Paste the issuer URI of your Okta org, such as https://YOUR-DOMAIN.okta.com.",
        )
    })?;
    let credential = |name: &str, field: &str, typed: &str| {
        one_word(name, typed)
            .map_err(|message| refused(CheckName::Credentials, field, message, CREDENTIALS_REMEDY))
    };
    let client_id = credential("client ID", "client_id", &form.client_id)?;
    let same_app = in_use.filter(|app| {
        app.client_id == client_id && issuer::differ_by_slash_only(&app.issuer, &issuer)
    });
    let issuer = same_app.map_or(issuer, |app| app.issuer.clone());
    let by_key = form.options.client_authentication == ClientAuthentication::PrivateKeyJwt;
    let client_secret: SecretString = match (form.client_secret.trim(), same_app) {
        ("", Some(app)) => app.client_secret.clone(),
        ("", None) if by_key => SecretString::default(),
        (typed, _) => credential("client secret", "client_secret", typed)?.into(),
    };
    let options = options(&form.options).map_err(|(name, field, message)| {
        refused(name, &field, message, "Correct it, then try again.")
    })?;

    Ok(ConnectionConfig {
        id: same_app.map_or_else(random_token, |app| app.id.clone()),
        name: name.to_owned(),
        standing: in_use.map_or_else(|| Standing::new(name), |app| app.standing.clone()),
        sign_in_policy: in_use.map_or_else(SignInPolicy::default, |app| app.sign_in_policy.clone()),
        api_token: api_token(form, &issuer, in_use).map_err(|message| {
            refused(CheckName::Groups, "api_token", message, API_TOKEN_REMEDY)
        })?,
        issuer,
        client_id,
        client_secret,
        connected_at: same_app.map_or_else(now, |app| app.connected_at),
        options,
    })
}

const API_TOKEN_REMEDY: &str = "Create one in Okta: Security → API → Tokens → Create token, as an admin who can only \
                                read users and groups.";

/// A token is stored only while it is used, and only for its own domain.
fn api_token(
    form: &ConnectionForm,
    issuer: &str,
    in_use: Option<&ConnectionConfig>,
) -> Result<Option<SecretString>, String> {
    if form.options.groups_from != GroupsFrom::Api {
        return Ok(None);
    }
    let stored = in_use
        .filter(|in_use| same_origin(&in_use.issuer, issuer))
        .and_then(|in_use| in_use.api_token.clone());
    match (form.api_token.trim(), stored) {
        ("", Some(stored)) => Ok(Some(stored)),
        (typed, _) => Ok(Some(one_word("API token", typed)?.into())),
    }
}

fn same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

/// An error has the check that fails, and the field.
fn options(typed: &ConnectionOptions) -> Result<ConnectionOptions, (CheckName, String, String)> {
    let refused = |check, field: &'static str| move |message| (check, field.to_owned(), message);
    let display_name = display_name(&typed.display_name)
        .map_err(refused(CheckName::Credentials, "display_name"))?;
    let scopes =
        names("scope", &typed.scopes, is_scope).map_err(refused(CheckName::Scopes, "scopes"))?;
    let claims =
        names("claim", &typed.claims, |_| true).map_err(refused(CheckName::Claims, "claims"))?;
    let groups_claim = match typed.groups_claim.trim() {
        "" => ConnectionOptions::default().groups_claim,
        name => short("groups claim", name).map_err(refused(CheckName::Groups, "groups_claim"))?,
    };
    let provisioned_claims = provisioned_claims(&typed.provisioned_claims);
    let provisioned_claims = provisioned_claims.map_err(|problems| {
        let first = problems.into_iter().next();
        let (pointer, detail) =
            first.map_or_else(Default::default, |one| (one.pointer, one.detail));
        let field = pointer.trim_start_matches('/').to_owned();
        (CheckName::Claims, field, detail)
    })?;
    let mut options = typed.clone();
    options.provisioned_claims = provisioned_claims;
    options.display_name = display_name;
    options.scopes = scopes;
    options.claims = claims;
    options.groups_claim = groups_claim;
    Ok(options)
}

pub(crate) fn display_name(typed: &str) -> Result<String, String> {
    match typed.trim() {
        "" => Ok(ConnectionOptions::default().display_name),
        name => short("display name", name),
    }
}

/// More than anybody lists.
const MAX_ADMITTED: usize = 100;

/// A policy that was entered, as it is stored. `None` if a group or a domain is none.
pub(crate) fn sign_in_policy(typed: &SignInPolicy) -> Option<SignInPolicy> {
    let groups = typed.groups.iter().map(|group| group.trim());
    let groups = groups.filter(|group| !group.is_empty());
    let groups: Vec<String> = groups
        .map(|group| short("group", group).ok())
        .collect::<Option<_>>()?;
    let domains = typed.email_domains.iter().map(|domain| domain.trim());
    let domains = domains.filter(|domain| !domain.is_empty());
    let domains: Vec<String> = domains.map(domain_of).collect::<Option<_>>()?;
    let is_short = groups.len() <= MAX_ADMITTED && domains.len() <= MAX_ADMITTED;
    is_short.then(|| {
        SignInPolicy::default()
            .groups(groups)
            .email_domains(domains)
    })
}

/// Claims that say who issued a token, for whom, when, and how somebody signed in. Nobody else may.
pub(crate) const PROTOCOL_CLAIMS: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "sid",
    "at_hash",
    "c_hash",
];

/// Without empty rows, in the order entered, or all that is wrong with them.
pub(crate) fn provisioned_claims(
    typed: &[ProvisionedClaim],
) -> Result<Vec<ProvisionedClaim>, Vec<FieldProblem>> {
    let mut claims: Vec<ProvisionedClaim> = Vec::new();
    let mut problems = Vec::new();
    for (row, typed) in typed.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        let mut wrong = |field: &str, detail: String| {
            let pointer = format!("/provisioned_claims/{row}/{field}");
            problems.push(FieldProblem::new(pointer, detail));
        };
        let (attribute, claim) = (typed.attribute.trim(), typed.claim.trim());
        match short("attribute", attribute) {
            Ok(attribute) => {
                if let Err(reason) = scim::check_attribute(&attribute) {
                    wrong("attribute", reason.to_owned());
                }
            }
            Err(message) => wrong("attribute", message),
        }
        if claim.is_empty() {
            wrong("claim", "This needs the name of a claim.".to_owned());
        } else if let Err(message) = short("claim", claim) {
            wrong("claim", message);
        } else if PROTOCOL_CLAIMS.contains(&claim) {
            let message =
                format!("The claim “{claim}” is about the sign-in itself. Choose another name.");
            wrong("claim", message);
        } else if claims.iter().any(|known| known.claim == claim) {
            wrong("claim", format!("The claim “{claim}” is there twice."));
        }
        claims.push(ProvisionedClaim::new(attribute, claim));
    }
    if claims.len() > MAX_NAMES {
        let message = format!("There are more than {MAX_NAMES} attributes.");
        problems.push(FieldProblem::new("/provisioned_claims", message));
    }
    match problems.is_empty() {
        true => Ok(claims),
        false => Err(problems),
    }
}

/// Without duplicates, in the order entered.
fn names(
    kind: &str,
    typed: &[String],
    is_one: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in typed.iter().map(|name| name.trim()) {
        if name.is_empty() || names.iter().any(|known| known == name) {
            continue;
        }
        if !is_one(name) {
            return Err(format!("“{name}” is not a valid {kind}."));
        }
        names.push(short(kind, name)?);
    }
    if names.len() > MAX_NAMES {
        return Err(format!("There are more than {MAX_NAMES} {kind}s."));
    }
    Ok(names)
}

/// RFC 6749 §3.3: `scope-token`.
fn is_scope(name: &str) -> bool {
    name.bytes()
        .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

fn short(kind: &str, name: &str) -> Result<String, String> {
    if name.chars().count() > MAX_NAME_LENGTH {
        Err(format!(
            "The {kind} is longer than {MAX_NAME_LENGTH} characters."
        ))
    } else if name.chars().any(char::is_control) {
        Err(format!(
            "The {kind} contains line breaks or other control characters."
        ))
    } else {
        Ok(name.to_owned())
    }
}

/// Trimmed, not empty, not too long, and without invisible characters.
fn one_word(name: &str, typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let problem = if typed.is_empty() {
        "is empty"
    } else if typed.len() > MAX_FIELD_LENGTH {
        "is too long"
    } else if typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        "contains spaces or line breaks"
    } else {
        return Ok(typed.to_owned());
    };
    Err(format!("The {name} {problem}."))
}

/// What may be stored of rejected options.
pub(crate) fn shortened_options(typed: ConnectionOptions) -> ConnectionOptions {
    let names = |names: Vec<String>| -> Vec<String> {
        let first = names.iter().take(MAX_NAMES);
        first.map(|name| shortened(name)).collect()
    };
    let mut options = typed;
    options.display_name = shortened(&options.display_name);
    options.scopes = names(options.scopes);
    options.claims = names(options.claims);
    options.groups_claim = shortened(&options.groups_claim);
    options.provisioned_claims = shortened_claims(options.provisioned_claims);
    options
}

/// The same, keeping empty rows.
pub(crate) fn shortened_claims(typed: Vec<ProvisionedClaim>) -> Vec<ProvisionedClaim> {
    let first = typed.into_iter().take(MAX_NAMES);
    let first =
        first.map(|row| ProvisionedClaim::new(shortened(&row.attribute), shortened(&row.claim)));
    first.collect()
}

/// What may be shown again of something that was entered.
pub(crate) fn shortened(typed: &str) -> String {
    typed.chars().take(MAX_FIELD_LENGTH).collect()
}
