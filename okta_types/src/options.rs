use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// What an admin may choose beyond the three values. Everything has a default that is right for
/// most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectionOptions {
    /// What the connection is called on pages. Default: `Okta`.
    pub display_name: String,
    /// Scopes to ask for beyond `openid`, `profile`, `email` and `groups`.
    pub scopes: Vec<String>,
    /// Claims to carry into [`Identity::claims`](crate::Profile::claims), by name.
    pub claims: Vec<String>,
    /// Where groups come from. Default: a claim.
    pub groups_from: GroupsFrom,
    /// The claim with the groups. Default: `groups`.
    pub groups_claim: String,
    /// What becomes of a sign-in whose groups cannot be had.
    pub missing_groups: MissingGroups,
    /// How the client secret is sent to the token endpoint.
    pub client_authentication: ClientAuthentication,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            display_name: "Okta".to_owned(),
            scopes: Vec::new(),
            claims: Vec::new(),
            groups_from: GroupsFrom::default(),
            groups_claim: "groups".to_owned(),
            missing_groups: MissingGroups::default(),
            client_authentication: ClientAuthentication::default(),
        }
    }
}

/// Where a person's groups come from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum GroupsFrom {
    /// A claim of userinfo, where that was asked, else of the ID token. Okta sends at most 100
    /// groups in it.
    #[default]
    Claim,
    /// Okta's API, with an API token: any number of groups.
    Api,
    /// Nowhere: this app has no use for groups.
    Nowhere,
}

impl GroupsFrom {
    /// The name as in JSON and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What becomes of a sign-in whose groups cannot be had: the claim is missing, or the API does not
/// answer.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum MissingGroups {
    /// Refused while any role depends on a group, else as [`Continue`](Self::Continue).
    #[default]
    RefuseIfNeeded,
    /// Refused.
    Refuse,
    /// Goes on without groups, and so without the roles that depend on them.
    Continue,
}

impl MissingGroups {
    /// The name as in JSON and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How this app proves to the token endpoint who it is
/// ([OpenID Connect Core §9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// The way that discovery offers, `client_secret_basic` if both.
    #[default]
    Automatic,
    /// In the `Authorization` header.
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

impl ClientAuthentication {
    /// The name as in JSON and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_has_the_same_name_everywhere() {
        assert_eq!(
            serde_json::to_value(GroupsFrom::Api).unwrap(),
            GroupsFrom::Api.as_str()
        );
        for missing in [
            MissingGroups::RefuseIfNeeded,
            MissingGroups::Refuse,
            MissingGroups::Continue,
        ] {
            assert_eq!(serde_json::to_value(missing).unwrap(), missing.as_str());
        }
        for way in [
            ClientAuthentication::Automatic,
            ClientAuthentication::ClientSecretBasic,
            ClientAuthentication::ClientSecretPost,
        ] {
            assert_eq!(serde_json::to_value(way).unwrap(), way.as_str());
        }
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let options: ConnectionOptions = serde_json::from_str("{}").unwrap();
        assert_eq!(options, ConnectionOptions::default());
    }
}
