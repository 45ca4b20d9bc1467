//! Where a session ends at the issuer (OpenID Connect RP-Initiated Logout 1.0).

use openidconnect::{ClientId, CsrfToken, EndSessionUrl, LogoutRequest, PostLogoutRedirectUrl};
use url::Url;

use super::RelyingParty;

/// Servers reject longer request lines (status 431), which would leave the session at the issuer
/// open. Without the hint the issuer may ask the person, and still gets our `client_id`.
const MAX_END_SESSION_URL: usize = 4 * 1024;

impl RelyingParty {
    /// The issuer's page that ends the session there (RP-Initiated Logout 1.0), if it has one.
    pub(crate) async fn end_session_url(
        &self,
        id_token: &str,
        post_logout_redirect_uri: &Url,
        state: &CsrfToken,
    ) -> Option<Url> {
        let metadata = self.provider.metadata().await.ok()?;
        let endpoint = metadata
            .additional_metadata()
            .end_session_endpoint
            .as_ref()?
            .url();
        let request = |endpoint: Url| {
            LogoutRequest::from(EndSessionUrl::from_url(endpoint))
                .set_client_id(ClientId::new(self.config.client_id.clone()))
                .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(
                    post_logout_redirect_uri.clone(),
                ))
                .set_state(state.clone())
                .http_get_url()
        };
        // As it was sent: openidconnect would write down what it has read.
        let mut with_hint = endpoint.clone();
        with_hint
            .query_pairs_mut()
            .append_pair("id_token_hint", id_token);
        let url = request(with_hint);
        if url.as_str().len() <= MAX_END_SESSION_URL {
            Some(url)
        } else {
            Some(request(endpoint.clone()))
        }
    }
}
