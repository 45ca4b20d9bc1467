//! From verified claims to [`Identity`].

use okta_types::{Identity, Timestamp};
use openidconnect::LocalizedClaim;

use crate::connection::{Connection, oidc::SignedInAtIssuer};

/// Reads a claim from userinfo, which is fresher and fuller, or else from the ID token.
macro_rules! claim {
    ($signed_in:ident.$name:ident()) => {
        $signed_in
            .user_info
            .as_ref()
            .and_then(|user_info| user_info.$name())
            .or_else(|| $signed_in.claims.$name())
    };
}

/// The person's locale in Okta doesn't matter here: the value without a language comes first, then
/// any other.
fn any_language<T: Clone>(claim: &LocalizedClaim<T>) -> Option<T> {
    claim
        .get(None)
        .or_else(|| claim.iter().next().map(|(_, value)| value))
        .cloned()
}

/// Builds the identity of somebody whose ID token (and userinfo, if requested) is verified. Roles
/// are added later: they follow the role table, which may change during the session.
pub(crate) fn from_claims(
    signed_in: &SignedInAtIssuer,
    connection: &Connection,
    groups: Option<Vec<String>>,
    signed_in_at: Timestamp,
    expires_at: Timestamp,
) -> Identity {
    let mut identity = Identity::new(
        signed_in.claims.issuer().as_str(),
        signed_in.claims.subject().as_str(),
    );
    let name = claim!(signed_in.name()).and_then(any_language);
    identity.name = name
        .map(|name| name.to_string())
        .or_else(|| claim!(signed_in.preferred_username()).map(|name| name.to_string()));
    identity.email = claim!(signed_in.email()).map(|email| email.to_string());
    identity.email_verified = claim!(signed_in.email_verified()).unwrap_or(false);
    let picture = claim!(signed_in.picture()).and_then(any_language);
    identity.picture = picture.map(|picture| picture.to_string());
    identity.locale = claim!(signed_in.locale()).map(|locale| locale.to_string());
    identity.groups = groups;
    let extra = connection.config.options.claims.iter();
    identity.claims = extra
        .filter_map(|name| Some((name.clone(), signed_in.claim(name)?.clone())))
        .collect();
    identity.connection = connection.config.name.clone();
    connection
        .organization()
        .clone_into(&mut identity.organization);
    // The ID token's alone, which is signed: userinfo isn't about this sign-in.
    let auth_time = signed_in.claims.auth_time();
    identity.auth_time = auth_time.map(|at| Timestamp(at.timestamp()));
    let acr = signed_in.claims.auth_context_ref();
    identity.acr = acr.map(|acr| acr.as_str().to_owned());
    let amr = signed_in.claims.auth_method_refs().into_iter().flatten();
    identity.amr = amr.map(|method| method.as_str().to_owned()).collect();
    identity.signed_in_at = signed_in_at;
    identity.expires_at = expires_at;
    identity
}
