//! Whether the claims and groups that the connection wants are there to be had.

use okta_types::{Check, CheckName, GroupsFrom};

use super::{failed, passed, unknown, wording::sentence};
use crate::{
    connection::{Connection, oidc::Metadata},
    okta_api::OktaApiError,
};

/// Discovery may list the supported claims. Claims that it doesn't list may still be sent.
pub(super) fn check_claims(claims: &[String], metadata: &Metadata) -> Check {
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

pub(super) async fn check_groups(connection: &Connection, metadata: &Metadata) -> Check {
    let name = CheckName::Groups;
    let claim = &connection.config.options.groups_claim;
    match connection.config.options.groups_from {
        GroupsFrom::Nowhere => passed(name, "This connection doesn't use groups.".to_owned()),
        GroupsFrom::Provisioning => passed(
            name,
            "Okta pushes the groups. The section Provisioning shows which.".to_owned(),
        ),
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
