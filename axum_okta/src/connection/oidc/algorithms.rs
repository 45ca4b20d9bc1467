//! Which signature algorithms count.

use openidconnect::core::CoreJwsSigningAlgorithm;

/// The issuer's keys are public: a signature made with a shared secret would prove nothing about
/// it.
pub(super) fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    use CoreJwsSigningAlgorithm as Alg;
    !matches!(
        algorithm,
        Alg::HmacSha256 | Alg::HmacSha384 | Alg::HmacSha512 | Alg::None
    )
}

/// Whether an ID token that is signed with this can be accepted. openidconnect knows the name
/// ES512, but has no P-521.
pub(crate) fn is_verified(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    is_asymmetric(algorithm) && *algorithm != CoreJwsSigningAlgorithm::EcdsaP521Sha512
}
