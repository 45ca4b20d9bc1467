//! What whoever only has a setup link may do. A link can be passed on, and nobody knows yet who has it.

use okta_types::{ConnectionOptions, SettingsRefusal};

use super::{Admin, SettingsError};
use crate::{
    connection::same_org,
    store::{ConnectionConfig, Kind, StoreError},
};

impl Admin {
    /// They learn nothing of people.
    pub(super) fn refuse_before_sign_in(&self) -> Result<(), SettingsRefusal> {
        match self.by_link {
            true => Err(SettingsRefusal::SignInFirst),
            false => Ok(()),
        }
    }

    /// Once there are people, they decide nothing about them.
    pub(super) async fn refuse_before_sign_in_to_people(&self) -> Result<(), SettingsError> {
        match self.by_link && self.has_people().await? {
            true => Err(SettingsRefusal::SignInFirst.into()),
            false => Ok(()),
        }
    }

    /// They may mend how the same Okta is connected, and nothing else of the connection.
    pub(super) async fn refuse_before_sign_in_unless_mended(
        &self,
        before: &ConnectionConfig,
        after: &ConnectionConfig,
    ) -> Result<(), SettingsError> {
        let is_mended = same_org(&before.issuer, &after.issuer)
            && about_people(&before.options) == about_people(&after.options)
            && before.sign_in_policy == after.sign_in_policy;
        match is_mended {
            true => Ok(()),
            false => self.refuse_before_sign_in_to_people().await,
        }
    }

    /// Whether anybody has signed in through this connection, is its admin, or was pushed.
    async fn has_people(&self) -> Result<bool, StoreError> {
        let (services, name) = (&self.services, &*self.connection);
        let recent = services.audit.recent(Some(name)).await?;
        Ok(recent.last_sign_in.is_some()
            || !services.setups.named_admins(name).await?.is_empty()
            || services
                .store
                .count_scim_resources(name, Kind::User)
                .await?
                > 0)
    }
}

/// Without what is only about how this app and the provider talk to one another.
fn about_people(options: &ConnectionOptions) -> ConnectionOptions {
    let defaults = ConnectionOptions::default();
    let mut options = options.clone();
    options.display_name = defaults.display_name;
    options.scopes = defaults.scopes;
    options.client_authentication = defaults.client_authentication;
    options.pushed_requests = defaults.pushed_requests;
    options.dpop = defaults.dpop;
    options.refresh_tokens = defaults.refresh_tokens;
    options
}
