//! Asking Okta's API, with the connection's token.

use tower_sessions::session::Id;

use super::{Answer, RecheckError};
use crate::{
    connection::Connection, okta_api::OktaApiError, services::Services, session::SignedIn,
    store::now,
};

impl Services {
    pub(super) async fn ask_by_api(
        &self,
        id: Id,
        signed_in: &SignedIn,
        connection: &Connection,
    ) -> Result<Answer, RecheckError> {
        let api = connection.okta_api()?;
        let subject = &signed_in.identity.subject;
        match api.is_active(subject).await {
            Ok(true) => {}
            Ok(false) => {
                return Ok(Answer::Ended(
                    "Okta has deactivated or suspended this user".to_owned(),
                ));
            }
            Err(error @ OktaApiError::UnknownUser { .. }) => {
                return Ok(Answer::Ended(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
        let groups = api.groups_of(subject).await?;
        self.sessions
            .change_signed_in(id, |signed_in| {
                signed_in.identity.groups = Some(groups.clone());
                signed_in.checked_at = Some(now());
            })
            .await?;
        Ok(Answer::Fresh)
    }
}
