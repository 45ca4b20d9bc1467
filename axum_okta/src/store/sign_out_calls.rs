//! The last calls of the addresses at which Okta ends sessions: a setting each.

use okta_types::{SignOutAddress, SignOutCalls};
use serde_json::json;

use super::{Change, Store, StoreError};

fn name(address: SignOutAddress) -> String {
    format!("sign_out_calls/{}", address.as_str())
}

/// What can't be read, such as that of a newer version, is shown as no call.
fn read(stored: Option<String>, address: SignOutAddress) -> SignOutCalls {
    let calls = stored.and_then(|json| serde_json::from_str(&json).ok());
    calls.unwrap_or_else(|| SignOutCalls::none(address))
}

impl Store {
    pub(crate) async fn sign_out_calls(
        &self,
        address: SignOutAddress,
    ) -> Result<SignOutCalls, StoreError> {
        Ok(read(self.setting(&name(address)).await?, address))
    }
}

impl Change<'_> {
    /// Keeps the newer of what is stored and these.
    pub(crate) async fn put_sign_out_calls(
        &mut self,
        calls: &SignOutCalls,
    ) -> Result<(), StoreError> {
        let name = name(calls.address);
        let mut newest = read(self.setting(&name).await?, calls.address);
        newest.merge(calls);
        self.put_setting(&name, &json!(newest).to_string()).await
    }
}
