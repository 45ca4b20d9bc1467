//! This app as a client of one issuer: its name, its secret, and what it asks for.

use std::sync::Arc;

use okta_types::{ClientAuthentication, GroupsFrom};
use openidconnect::{
    AuthType, ClientId, ClientSecret, RedirectUrl, Scope, core::CoreClientAuthMethod,
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use url::Url;

use super::{
    Metadata, OktaClient, Provider, assertion::Assertion, token_endpoint::TokenEndpoint,
    tokens::TokenError,
};
use crate::{
    causes::with_causes,
    connection::client_keys::ClientKeys,
    store::{ConnectionConfig, StoreError},
};

/// This app as a client of one issuer (the relying party).
pub(crate) struct RelyingParty {
    pub(crate) config: Arc<ConnectionConfig>,
    pub(crate) redirect_uri: RedirectUrl,
    pub(crate) provider: Arc<Provider>,
    pub(crate) keys: Arc<ClientKeys>,
}

/// How this app authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    Basic,
    Post,
    /// With a signature (`private_key_jwt`).
    Key,
    /// With PKCE alone: the provider accepts no secret, so it isn't sent one.
    Public,
}

impl RelyingParty {
    /// It authenticates in the token request alone.
    pub(super) fn client(
        &self,
        metadata: &Metadata,
        authentication: Option<Authentication>,
    ) -> OktaClient {
        let (auth_type, has_secret) = match authentication {
            Some(Authentication::Basic) => (AuthType::BasicAuth, true),
            Some(Authentication::Post) => (AuthType::RequestBody, true),
            Some(Authentication::Key | Authentication::Public) | None => {
                (AuthType::RequestBody, false)
            }
        };
        let secret = || ClientSecret::new(self.config.client_secret.expose_secret().to_owned());
        OktaClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.config.client_id.clone()),
            has_secret.then(secret),
        )
        .set_auth_type(auth_type)
        .set_redirect_uri(self.redirect_uri.clone())
    }

    /// For requests to the token endpoint, with how they get there. If the tokens are to be `bound`
    /// to this app's key, the requests prove that this app has it.
    pub(super) async fn authenticated_client(
        &self,
        metadata: &Metadata,
        bound: bool,
    ) -> Result<(OktaClient, TokenEndpoint<'_>), TokenError> {
        let impossible = |reason: &str| TokenError::Other(reason.to_owned());
        let authentication = self
            .authentication(metadata)
            .ok_or_else(|| impossible("it doesn't accept this app's way to authenticate"))?;
        let url = metadata
            .token_endpoint()
            .ok_or_else(|| impossible("the issuer has no token endpoint"))?
            .url();
        let assertion = match authentication {
            Authentication::Key => {
                let assertion = self.assertion(metadata, url).await;
                Some(assertion.map_err(|error| impossible(&with_causes(&error)))?)
            }
            _ => None,
        };
        let endpoint = TokenEndpoint {
            url: url.clone(),
            http: self.provider.http(),
            assertion,
            prover: bound.then(|| self.prover()),
        };
        Ok((self.client(metadata, Some(authentication)), endpoint))
    }

    /// That this app is the client, for requests to this endpoint.
    pub(super) async fn assertion(
        &self,
        metadata: &Metadata,
        endpoint: &Url,
    ) -> Result<Assertion, StoreError> {
        let key = self.keys.in_use(&self.config.name).await?;
        let (client_id, issuer) = (&self.config.client_id, metadata.issuer());
        Ok(Assertion::new(key, client_id, issuer, endpoint))
    }

    /// Requests `groups` only if the issuer supports that scope: others respond with
    /// `invalid_scope`.
    pub(super) fn scopes(&self, metadata: &Metadata) -> Vec<Scope> {
        let mut scopes = vec!["profile".to_owned(), "email".to_owned()];
        let knows_groups = metadata
            .scopes_supported()
            .is_some_and(|scopes| scopes.iter().any(|scope| scope.as_str() == "groups"));
        if knows_groups && self.config.options.groups_from == GroupsFrom::Claim {
            scopes.push("groups".to_owned());
        }
        if self.config.options.refresh_tokens {
            scopes.push("offline_access".to_owned());
        }
        for extra in &self.config.options.scopes {
            if !scopes.contains(extra) {
                scopes.push(extra.clone());
            }
        }
        scopes.into_iter().map(Scope::new).collect()
    }

    /// How this app authenticates, if the token endpoint supports it: as the admin chose, or else
    /// with `client_secret_basic`, or else with `client_secret_post`, or else without a secret if
    /// that is what the provider offers. A document that names no method implies
    /// `client_secret_basic` (OpenID Connect Discovery §3), and doesn't rule out the admin's choice.
    pub(crate) fn authentication(&self, metadata: &Metadata) -> Option<Authentication> {
        use CoreClientAuthMethod as Method;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let offered = |method| methods.is_none_or(|methods| methods.contains(&method));
        let basic = offered(Method::ClientSecretBasic).then_some(Authentication::Basic);
        let post = offered(Method::ClientSecretPost).then_some(Authentication::Post);
        let public = || offered(Method::None).then_some(Authentication::Public);
        match self.config.options.client_authentication {
            ClientAuthentication::ClientSecretBasic => basic,
            ClientAuthentication::ClientSecretPost => post,
            ClientAuthentication::PrivateKeyJwt => {
                offered(Method::PrivateKeyJwt).then_some(Authentication::Key)
            }
            _ => basic.or(post).or_else(public),
        }
    }

    /// Okta's ID token may be thin. What it lacks is in userinfo, or nowhere.
    pub(super) fn lacks_something(&self, claims: &Map<String, Value>) -> bool {
        let groups = (self.config.options.groups_from == GroupsFrom::Claim)
            .then_some(self.config.options.groups_claim.as_str());
        let extra = self.config.options.claims.iter().map(String::as_str);
        ["name", "email"]
            .into_iter()
            .chain(groups)
            .chain(extra)
            .any(|name| !claims.contains_key(name))
    }
}
