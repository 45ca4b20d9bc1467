//! Trying the addresses at which Okta ends sessions.

use okta_types::{SettingsRefusal, SignOutAddress};

use super::{Admin, SettingsError};
use crate::{
    causes::with_causes,
    sign_out::{SelfTestError, self_test},
};

impl Admin {
    /// Calls one of this app's own addresses at which Okta ends sessions, as Okta would. Only Okta
    /// can sign such a call, so the address has to refuse it: that shows that it can be reached, and
    /// that nobody else ends sessions there.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotConnected`] if no Okta app is connected,
    /// [`SettingsRefusal::SelfUnreachable`] if this server doesn't reach the address, and
    /// [`SettingsRefusal::SelfUnexpected`] if the response isn't the one that this app gives.
    pub async fn try_sign_out_address(&self, address: SignOutAddress) -> Result<(), SettingsError> {
        let connection = self.known_connection()?;
        let http = self.services.connections.http();
        let tried = self_test(&self.okta, http, &connection, address).await;
        tried.map_err(|error| {
            tracing::warn!(
                address = address.as_str(),
                error = with_causes(&error),
                "an address at which Okta ends sessions doesn't work"
            );
            match error {
                SelfTestError::Unreachable(_) => SettingsRefusal::SelfUnreachable.into(),
                _ => SettingsRefusal::SelfUnexpected.into(),
            }
        })
    }
}
