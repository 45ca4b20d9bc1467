//! The audit trail: each event goes into the database, for the settings page, and to `tracing`, for the operator.

use std::net::IpAddr;

use okta_types::{Actor, AuditEntry, AuditEvent};

use crate::{okta::Open, store::now};

/// Of what strangers can cause, Okta's own words included. What admins do is told whole.
const MAX_DETAIL: usize = 1000;

impl Open {
    /// Records what happened. What happened stays so when the trail cannot be written: that is an error in the log.
    pub(crate) async fn record(
        &self,
        event: AuditEvent,
        actor: Actor,
        address: Option<IpAddr>,
        detail: impl Into<Option<String>>,
    ) {
        let entry = AuditEntry {
            at: now(),
            event,
            actor,
            address: address.map(|address| address.to_string()),
            detail: detail
                .into()
                .map(|detail| match event.is_open_to_strangers() {
                    true => detail.chars().take(MAX_DETAIL).collect(),
                    false => detail,
                }),
        };
        trace(&entry);
        if let Err(error) = self.store.put_audit(&entry).await {
            tracing::error!(event = event.as_str(), %error, "the audit trail could not be written");
        }
    }
}

/// `tracing` wants the level when it compiles, hence the two of them.
fn trace(entry: &AuditEntry) {
    let AuditEntry {
        event,
        actor,
        address,
        detail,
        ..
    } = entry;
    let (event, title) = (event.as_str(), event.title());
    // Strings are escaped in a log: nobody writes lines of it by the name they give themselves.
    let actor = actor.to_string();
    let (address, detail) = (address.as_deref(), detail.as_deref());
    if entry.event.is_open_to_strangers() {
        tracing::warn!(target: "axum_okta::audit", event, actor, address, detail, "{title}");
    } else {
        tracing::info!(target: "axum_okta::audit", event, actor, address, detail, "{title}");
    }
}
