//! OpenID Connect, as far as this plugin uses it. The protocol is implemented by openidconnect,
//! whose generics stay here.

mod algorithms;
mod assertion;
mod client_assertion;
mod code_flow;
mod discovery;
mod dpop;
mod id_token;
mod jws;
mod keys;
mod logout;
mod post;
mod prover;
mod provider;
mod public_keys;
mod pushed;
mod received;
mod refresh;
mod relying_party;
mod revocation;
mod signed_user_info;
mod times;
mod token_endpoint;
mod tokens;
mod unasked;
mod user_info;

use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, Client, EndSessionUrl, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, ExtraTokenFields, IdToken, IdTokenClaims, ProviderMetadata,
    StandardErrorResponse, StandardTokenResponse, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
        CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

pub(crate) use algorithms::is_verified;
pub(crate) use client_assertion::{AssertionError, ClientAssertion};
pub(crate) use code_flow::{AskUserInfo, CodeFlowError, Request, SignedInAtIssuer, Wishes};
pub(crate) use discovery::DiscoveryError;
pub(crate) use dpop::{PROOF_ALGORITHM, Proven, TokenKey, authorization};
pub(crate) use post::PostError;
pub(crate) use provider::Provider;
pub(crate) use public_keys::{PublicKeys, PublicKeysError};
pub(crate) use pushed::PushError;
pub(crate) use refresh::RefreshError;
pub(crate) use relying_party::{Authentication, RelyingParty};
pub(crate) use revocation::RevocationError;
pub(crate) use tokens::Tokens;
pub(crate) use unasked::{UnaskedError, UnaskedJwt, VerifiedJwt};

/// Claims beyond OpenID Connect's own.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

impl OtherClaims {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

/// Discovery fields beyond OpenID Connect Discovery's own.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct MoreMetadata {
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub(crate) end_session_endpoint: Option<EndSessionUrl>,
    /// RFC 7009, RFC 8414.
    pub(crate) revocation_endpoint: Option<Url>,
    /// RFC 9207: whether the callback carries `iss`.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// RFC 9126: where authorization requests may be pushed to.
    pub(crate) pushed_authorization_request_endpoint: Option<Url>,
    /// RFC 9126: whether every sign-in requires a pushed authorization request.
    #[serde(default)]
    pub(crate) require_pushed_authorization_requests: bool,
    /// RFC 9449: how proofs may be signed that this app has the key that tokens are bound to.
    #[serde(default)]
    pub(crate) dpop_signing_alg_values_supported: Vec<String>,
    /// How ID tokens are signed, by name: openidconnect drops the names that it doesn't know.
    #[serde(skip)]
    pub(crate) signing_algorithms: Vec<String>,
}

impl AdditionalProviderMetadata for MoreMetadata {}

pub(crate) type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

pub(crate) type VerifiedClaims = IdTokenClaims<OtherClaims, CoreGenderClaim>;
pub(crate) type UserInfo = UserInfoClaims<OtherClaims, CoreGenderClaim>;
pub(crate) type OktaIdToken = IdToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type TokenResponse = StandardTokenResponse<IdTokenAsSent, CoreTokenType>;

/// `received` parses the ID token later, so that a claim that can't be parsed doesn't make the
/// token endpoint's whole response invalid.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct IdTokenAsSent {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenAsSent {}

impl
    openidconnect::TokenResponse<
        OtherClaims,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    > for TokenResponse
{
    fn id_token(&self) -> Option<&OktaIdToken> {
        None
    }
}

type OktaClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    TokenResponse,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
