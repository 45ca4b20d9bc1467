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

/// Of what strangers can cause, Okta's own words included. What admins do is told whole.
const MAX_DETAIL: usize = 1000;

/// The trail.
pub(crate) struct Audit {
    store: Arc<Store>,
}

impl Audit {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Records what happened. What happened stays so when the trail cannot be written: that is an
    /// error in the log.
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

    /// A page of the trail, newest first.
    pub(crate) async fn page(&self, query: &AuditQuery) -> Result<AuditPage, StoreError> {
        self.store.audit(query).await
    }

    /// What happened lately, for a first look at the settings.
    pub(crate) async fn recent(&self) -> Result<RecentActivity, StoreError> {
        self.store.recent_activity().await
    }

    /// All entries that match, as a file.
    pub(crate) fn download(&self, query: AuditQuery, format: Format) -> Response {
        export::download(self.store.clone(), query, format)
    }
}

/// Records what happens as part of a change: both or neither. It is told to `tracing` once the
/// change counts.
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

/// An entry for now.
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
