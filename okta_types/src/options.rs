use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::ProvisionedClaim;

/// The options of a connection, beyond its three values. The defaults suit most apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectionOptions {
    /// Display name of the connection. Default: `Okta`.
    pub display_name: String,
    /// Scopes to request in addition to `openid`, `profile`, `email` and `groups`.
    pub scopes: Vec<String>,
    /// Names of claims to copy into [`Identity::claims`](crate::Profile::claims).
    pub claims: Vec<String>,
    /// Source of a person's groups. Default: a claim.
    pub groups_from: GroupsFrom,
    /// Name of the claim that contains the groups. Default: `groups`.
    pub groups_claim: String,
    /// What happens to a sign-in if its groups can't be loaded.
    pub missing_groups: MissingGroups,
    /// How this app proves to the token endpoint that it is the client.
    pub client_authentication: ClientAuthentication,
    /// Whether sign-in requests are sent to Okta by this app rather than through the browser:
    /// pushed authorization requests ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)). They are
    /// in any case where the provider requires it. Default: off.
    pub pushed_requests: bool,
    /// Whether access tokens, and refresh tokens where the provider does that, are bound to a key of
    /// this app, so that nobody else can use them: DPoP
    /// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)). Default: off.
    pub dpop: bool,
    /// After how many seconds without a request a session ends. `0`: only at the end of its
    /// lifetime. Default: 3600, an hour. Below a minute, it holds on one server only: servers tell
    /// one another once a minute.
    pub idle_seconds: u64,
    /// How many seconds after the sign-in a session ends, whatever happens in it. Applies to later
    /// sign-ins. Default: `None`, as the app was built: 12 hours, unless its developers chose
    /// otherwise.
    pub lifetime_seconds: Option<u64>,
    /// After how many seconds Okta is asked again whether the person may still be signed in, and
    /// for their groups. `0`: never. Default: 3600, an hour.
    pub recheck_seconds: u64,
    /// Whether to request refresh tokens (`offline_access`): to ask again without the browser, and
    /// for access tokens. Okta's app must have the grant type Refresh Token. Default: off.
    pub refresh_tokens: bool,
    /// Whether only people whom Okta has provisioned by SCIM can be signed in. Default: off.
    pub provisioned_only: bool,
    /// Whether the roles that Okta pushes with a person by SCIM (`roles`, `entitlements`) are
    /// theirs here, beside those of the role table. Okta is shown this app's roles only then.
    /// Default: off.
    pub provisioned_roles: bool,
    /// Which attributes that Okta pushes by SCIM become claims. Those that are called like one of
    /// [`claims`](Self::claims) do in any case.
    pub provisioned_claims: Vec<ProvisionedClaim>,
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
            pushed_requests: false,
            dpop: false,
            idle_seconds: 60 * 60,
            lifetime_seconds: None,
            recheck_seconds: 60 * 60,
            refresh_tokens: false,
            provisioned_only: false,
            provisioned_roles: false,
            provisioned_claims: Vec::new(),
        }
    }
}

/// The source of a person's groups.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum GroupsFrom {
    /// A claim of userinfo, if it was requested, or else of the ID token. Okta sends at most 100
    /// groups in a claim.
    #[default]
    Claim,
    /// Okta's API, with an API token. Any number of groups.
    Api,
    /// What Okta pushes by SCIM (provisioning). A change counts at once, without a new sign-in.
    Provisioning,
    /// None: this app doesn't use groups.
    Nowhere,
}

impl GroupsFrom {
    /// Returns the name in JSON and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What happens to a sign-in if its groups can't be loaded: the claim is missing, or the API
/// doesn't respond.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum MissingGroups {
    /// Refuses the sign-in if any role depends on a group; otherwise like
    /// [`Continue`](Self::Continue).
    #[default]
    RefuseIfNeeded,
    /// Refuses the sign-in.
    Refuse,
    /// Signs the person in without groups, and so without the roles that depend on them.
    Continue,
}

impl MissingGroups {
    /// Returns the name in JSON and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How this app authenticates to the token endpoint ([OpenID Connect Core
/// §9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication)).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// A method that discovery offers, preferably `client_secret_basic`.
    #[default]
    Automatic,
    /// In the `Authorization` header (`client_secret_basic`).
    ClientSecretBasic,
    /// In the body (`client_secret_post`).
    ClientSecretPost,
    /// With a signature instead of a secret (`private_key_jwt`, [RFC
    /// 7523](https://www.rfc-editor.org/rfc/rfc7523)). The client secret can be empty.
    PrivateKeyJwt,
}

impl ClientAuthentication {
    /// Returns the name in JSON and in forms.
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
            ClientAuthentication::PrivateKeyJwt,
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
