//! The audit trail: each event goes into the database, for the settings page, and to `tracing`, for
//! the operator.

mod export;

use std::{net::IpAddr, sync::Arc};

use axum::response::Response;
pub use okta_types::{Actor, AuditEntry, AuditEvent, AuditPage, AuditQuery, RecentActivity};

pub(crate) use export::Format;

use crate::{
    causes::with_causes,
    store::{Change, Store, StoreError, now},
};

/// For text from outside, including Okta's. What admins do is recorded in full.
const MAX_DETAIL: usize = 1000;

/// The trail.
pub(crate) struct Audit {
    store: Arc<Store>,
}

impl Audit {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Records an event. If the trail can't be written, the event still counts, and the failure is
    /// logged as an error.
    pub(crate) async fn record(&self, entry: AuditEntry) {
        trace(&entry);
        if let Err(error) = self.put(&entry).await {
            let error = with_causes(&error);
            tracing::error!(
                event = entry.event.as_str(),
                error,
                "the audit trail could not be written"
            );
        }
    }

    async fn put(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.put_audit(entry).await?;
        change.commit().await
    }

    /// Returns a page of the trail, newest first.
    pub(crate) async fn page(&self, query: &AuditQuery) -> Result<AuditPage, StoreError> {
        self.store.audit(query).await
    }

    /// Returns a summary of recent events, of one connection or of all.
    pub(crate) async fn recent(
        &self,
        connection: Option<&str>,
    ) -> Result<RecentActivity, StoreError> {
        self.store.recent_activity(connection).await
    }

    /// Returns all matching entries as a file.
    pub(crate) fn download(&self, query: AuditQuery, format: Format) -> Response {
        export::download(self.store.clone(), query, format)
    }
}

/// Records events as part of a change: both or neither. They are sent to `tracing` once the change
/// is committed.
#[derive(Default)]
pub(crate) struct Entries(Vec<AuditEntry>);

impl Entries {
    pub(crate) async fn put(
        &mut self,
        change: &mut Change<'_>,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        let put = change.put_audit(&entry).await;
        self.0.push(entry);
        put
    }

    pub(crate) fn trace(self) {
        self.0.iter().for_each(trace);
    }
}

/// An entry with the current time.
pub(crate) fn entry(
    event: AuditEvent,
    actor: Actor,
    address: Option<IpAddr>,
    detail: impl Into<Option<String>>,
) -> AuditEntry {
    let mut entry = AuditEntry::new(now(), event, actor);
    entry.address = address.map(|address| address.to_string());
    entry.detail = detail
        .into()
        .map(|detail| match event.is_open_to_strangers() {
            true => detail.chars().take(MAX_DETAIL).collect(),
            false => detail,
        });
    entry
}

/// `tracing` needs the level at compile time, hence two calls.
fn trace(entry: &AuditEntry) {
    let AuditEntry {
        event,
        actor,
        address,
        detail,
        ..
    } = entry;
    let (event, title) = (event.as_str(), event.title());
    // Strings are escaped in a log, so nobody can forge lines with their name.
    let actor = actor.to_string();
    let (address, detail) = (address.as_deref(), detail.as_deref());
    // A way past Okta, which the operator should hear of.
    let opens_settings = matches!(
        entry.event,
        AuditEvent::SetupCodeMade | AuditEvent::SetupCodeAccepted
    );
    if entry.event.is_open_to_strangers() || opens_settings {
        tracing::warn!(target: "axum_okta::audit", event, actor, address, detail, "{title}");
    } else {
        tracing::info!(target: "axum_okta::audit", event, actor, address, detail, "{title}");
    }
}
