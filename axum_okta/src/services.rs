//! The parts of the plugin: each a type with methods, wired up once when the app opens.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use okta_types::{Actor, AuditEvent};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    admin_token::AdminTokens,
    audit::{self, Audit},
    branding::Branding,
    causes::with_causes,
    connection::Connections,
    directory::PersonHooks,
    dns::TxtRecords,
    http::limit::Limiter,
    identity::roles::Roles,
    refresh::{self, Flights},
    scim::{self, Scim},
    servers::{Lease, Servers},
    session::{EndedHook, STORE_SEEN_EVERY, Sessions},
    setup::{Attempts, Setups},
    sign_out,
    store::{FoundSession, Store, StoreError, now},
    telemetry,
    turns::Turns,
};

const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
const INDEX_EVERY: Duration = Duration::from_secs(STORE_SEEN_EVERY);
const STORE_CALLS_EVERY: Duration = Duration::from_secs(60);

pub(crate) struct Services {
    pub(crate) connections: Arc<Connections>,
    pub(crate) servers: Arc<Servers>,
    pub(crate) roles: Arc<Roles>,
    pub(crate) sessions: Arc<Sessions>,
    /// Sessions about which Okta is being asked.
    pub(crate) flights: Flights,
    pub(crate) setups: Setups,
    pub(crate) audit: Audit,
    pub(crate) setup_attempts: Attempts,
    pub(crate) admin_tokens: AdminTokens,
    pub(crate) sign_ins: Limiter<IpAddr>,
    /// `None` if this app can't look any up.
    pub(crate) txt_records: Option<TxtRecords>,
    pub(crate) sign_out_calls: Arc<sign_out::Calls>,
    pub(crate) scim: Scim,
    pub(crate) store: Arc<Store>,
    pub(crate) turns: Turns,
    /// What goes on for as long as this lives, beside all requests.
    tasks: StdMutex<JoinSet<()>>,
}

/// What the services are built from.
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) connections: Connections,
    pub(crate) admin_group: Option<String>,
    pub(crate) known_roles: Vec<String>,
    pub(crate) setup_codes_per_minute: u32,
    pub(crate) sign_ins_per_minute: u32,
    pub(crate) sign_out_calls_per_minute: u32,
    pub(crate) scim_requests_per_minute: u32,
    pub(crate) on_session_ended: Option<EndedHook>,
    pub(crate) person_hooks: PersonHooks,
    pub(crate) txt_records: Option<TxtRecords>,
}

impl Services {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            store,
            connections,
            admin_group,
            known_roles,
            setup_codes_per_minute,
            sign_ins_per_minute,
            sign_out_calls_per_minute,
            scim_requests_per_minute,
            on_session_ended,
            person_hooks,
            txt_records,
        } = parts;
        telemetry::describe();
        let connections = Arc::new(connections);
        let roles = Roles::new(store.clone(), connections.clone(), admin_group);
        let roles = Arc::new(roles.knowing(known_roles));
        let mut tasks = JoinSet::new();
        let lease = Arc::new(match (store.has_others(), store.announces_every_end()) {
            (false, _) => Lease::without_end(),
            (true, true) => Lease::ended(),
            (true, false) => Lease::ended().without_sessions(),
        });
        let (revocations, to_revoke) = mpsc::channel(refresh::REVOCATIONS_AT_MOST);
        let sessions = Sessions::new(
            store.clone(),
            connections.clone(),
            roles.clone(),
            lease.clone(),
            on_session_ended,
            revocations,
        );
        tasks.spawn(refresh::revoke(to_revoke, connections.clone()));
        let sessions = Arc::new(sessions);
        tasks.spawn(sweep(store.clone(), sessions.clone()));
        tasks.spawn(keep_index(sessions.clone()));
        let servers = Arc::new(Servers::new(
            store.clone(),
            connections.clone(),
            sessions.clone(),
            lease,
        ));
        #[cfg(feature = "postgres")]
        tasks.spawn(servers.clone().hear());
        let (scim, log) = Scim::new(scim_requests_per_minute, person_hooks);
        tasks.spawn(scim::keep_log(log, store.clone()));
        let sign_out_calls = Arc::new(sign_out::Calls::new(sign_out_calls_per_minute));
        tasks.spawn(keep_calls(sign_out_calls.clone(), store.clone()));
        Self {
            connections,
            servers,
            sessions,
            flights: Flights::default(),
            setups: Setups::new(store.clone(), roles.clone()),
            audit: Audit::new(store.clone()),
            admin_tokens: AdminTokens::new(store.clone()),
            setup_attempts: Attempts::per_minute(setup_codes_per_minute, store.clone()),
            sign_ins: Limiter::per_minute(sign_ins_per_minute),
            txt_records,
            sign_out_calls,
            scim,
            roles,
            store,
            turns: Turns::default(),
            tasks: StdMutex::new(tasks),
        }
    }

    /// Whether somebody is signed in with a session that was found.
    pub(crate) fn counts(&self, found: &FoundSession) -> bool {
        let lifetimes = self.connections.lifetimes(&found.connection_id);
        lifetimes.is_some_and(|lifetimes| !lifetimes.is_idle(found.last_seen, now()))
    }

    /// Whose a connection is, or will be.
    pub(crate) fn organization_of(&self, connection: &str) -> String {
        let known = self.connections.named(connection);
        known.map_or(connection.to_owned(), |known| {
            known.organization().to_owned()
        })
    }

    /// How the connection's organization looks; like nobody's, if the database doesn't say.
    pub(crate) async fn branding_of(&self, connection: &str) -> Branding {
        let organization = self.organization_of(connection);
        let found = self.store.branding(&organization).await;
        found.unwrap_or_else(|error| {
            let error = with_causes(&error);
            tracing::warn!(error, "a page is shown without branding");
            Branding::default()
        })
    }

    /// Looks up what Okta pushes with each session of this connection from now on, on every server.
    pub(crate) async fn turn_on_provisioning(&self, connection: &str) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.turn_on_provisioning(connection).await?;
        change.commit().await?;
        self.connections.use_provisioning(connection);
        Ok(())
    }

    /// Stops what goes on beside requests.
    pub(crate) fn stop_tasks(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.abort_all();
    }

    pub(crate) async fn record(
        &self,
        event: AuditEvent,
        actor: Actor,
        address: Option<IpAddr>,
        detail: impl Into<Option<String>>,
    ) {
        let entry = audit::entry(event, actor, address, detail);
        self.audit.record(entry).await;
    }
}

/// Expired rows are never used, but take space.
async fn sweep(store: Arc<Store>, sessions: Arc<Sessions>) {
    let mut interval = tokio::time::interval(SWEEP_EVERY);
    loop {
        interval.tick().await;
        let of_sessions = sessions.sweep().await;
        let of_others = store.sweep().await;
        match of_sessions.and(of_others) {
            Ok(()) => tracing::debug!("expired sessions and old audit entries are deleted"),
            Err(error) => {
                let error = with_causes(&error);
                tracing::warn!(
                    error,
                    "expired sessions and old audit entries could not be deleted"
                );
            }
        }
    }
}

/// What a person's sessions are found by.
async fn keep_index(sessions: Arc<Sessions>) {
    let mut interval = tokio::time::interval(INDEX_EVERY);
    loop {
        interval.tick().await;
        let kept = match sessions.index_former().await {
            Ok(()) => sessions.store_seen().await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            let error = with_causes(&error);
            tracing::warn!(error, "when sessions were in use could not be stored");
        }
    }
}

/// For the settings page of every server.
async fn keep_calls(calls: Arc<sign_out::Calls>, store: Arc<Store>) {
    let mut interval = tokio::time::interval(STORE_CALLS_EVERY);
    loop {
        interval.tick().await;
        if let Err(error) = calls.store(&store).await {
            let error = with_causes(&error);
            tracing::warn!(error, "the last calls from Okta could not be stored");
        }
    }
}
