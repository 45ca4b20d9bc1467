//! Refresh tokens of sessions that have ended are revoked at Okta, in the background.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use tokio::sync::mpsc::Receiver;

use crate::{
    causes::with_causes,
    connection::{Connections, oidc::RevocationError},
    session::Revocation,
};

/// How many wait. Beyond that, Okta is down or refuses, and tokens expire there by themselves.
pub(crate) const AT_MOST: usize = 1024;
const AT_ONCE: usize = 8;
/// How long to wait before each further try.
const TRY_AGAIN_AFTER: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(30)];

/// Revokes whatever comes, for as long as it is polled.
pub(crate) async fn revoke(mut queue: Receiver<Revocation>, connections: Arc<Connections>) {
    let queue = stream::poll_fn(|context| queue.poll_recv(context));
    let revoked = queue.for_each_concurrent(AT_ONCE, async |revocation| {
        if let Err(error) = try_to_revoke(&connections, &revocation).await {
            let error = with_causes(&error);
            tracing::warn!(
                error,
                "a refresh token of a session that has ended couldn't be revoked at Okta. It expires there by itself"
            );
        }
    });
    revoked.await;
}

async fn try_to_revoke(
    connections: &Connections,
    revocation: &Revocation,
) -> Result<(), RevocationError> {
    let mut waits = TRY_AGAIN_AFTER.into_iter();
    loop {
        // One that was replaced has no client secret any more.
        let Some(connection) = connections.with_id(&revocation.connection_id) else {
            return Ok(());
        };
        let party = &connection.relying_party;
        match (party.revoke(&revocation.refresh_token).await, waits.next()) {
            (Err(error), Some(wait)) if error.may_pass() => {
                tracing::debug!(
                    error = with_causes(&error),
                    "revoking a refresh token is tried again"
                );
                tokio::time::sleep(wait).await;
            }
            (revoked, _) => return revoked,
        }
    }
}
