//! From open to closed: whether the app is ready for people, and an orderly end.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::{
    builder::OpenError,
    causes::with_causes,
    http::no_store,
    okta::Okta,
    services::Services,
    store::{EncryptionError, StoreError},
};

/// How long a health check waits for the database. Whoever asks gives up after a second or a few.
const CHECK_FOR: Duration = Duration::from_secs(2);

/// How long closing waits for a change of the settings, which may wait for Okta.
const CHANGE_FOR: Duration = Duration::from_secs(10);

/// How long it waits for the database to take the ends of sessions, and then to close.
const STORE_FOR: Duration = Duration::from_secs(5);

/// Whether people can sign in, and if not, why. Says no secret, address or path, so anybody may see
/// it; the log has the details.
///
/// As a response, it has status 200 or 503 and JSON such as
/// `{"status":"ready","message":"People can sign in."}`, with `Cache-Control: no-store`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Readiness {
    /// The database is open and takes what is written, and so does whatever else keeps sessions.
    Ready,
    /// The plugin is being opened for the first time.
    Starting,
    /// The database can't be reached, doesn't respond in time, or is damaged.
    DatabaseUnavailable,
    /// The database responds, but nothing can be written: it is read-only, or its disk is full.
    DatabaseReadOnly,
    /// Valkey or Redis, where sessions are kept, can't be reached, or takes nothing that is written.
    SessionsUnavailable,
    /// The tables couldn't be brought up to date, or a newer version has done so.
    NotMigrated,
    /// The encryption key is missing, invalid, or not the one that the database was encrypted with.
    KeyDoesNotFit,
    /// Something in the configuration is invalid.
    Misconfigured,
    /// [`Okta::begin_shutdown`] or [`Okta::close`] was called.
    ShuttingDown,
}

impl Readiness {
    /// Returns a stable name for programs, such as `ready` or `key_does_not_fit`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    fn message(self) -> &'static str {
        match self {
            Self::Ready => "People can sign in.",
            Self::Starting => "The app is starting.",
            Self::DatabaseUnavailable => {
                "The database can't be reached or doesn't respond. The log has the details."
            }
            Self::DatabaseReadOnly => {
                "Nothing can be written to the database. The log has the details."
            }
            Self::SessionsUnavailable => {
                "Sessions can't be stored in Valkey or Redis. The log has the details."
            }
            Self::NotMigrated => {
                "The database couldn't be brought up to date, or is newer than this app. The log has the details."
            }
            Self::KeyDoesNotFit => {
                "The encryption key is missing or doesn't fit the database. The log has the details."
            }
            Self::Misconfigured => "The configuration is invalid. The log has the details.",
            Self::ShuttingDown => "The app is shutting down.",
        }
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl IntoResponse for Readiness {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            status: &'static str,
            message: &'static str,
        }
        let status = match self {
            Self::Ready => StatusCode::OK,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        let body = Body {
            status: self.name(),
            message: self.message(),
        };
        no_store((status, Json(body)))
    }
}

impl From<&StoreError> for Readiness {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Newer { .. } | StoreError::Migrate { .. } => Self::NotMigrated,
            StoreError::ReadOnly => Self::DatabaseReadOnly,
            StoreError::Encryption(_) => Self::KeyDoesNotFit,
            StoreError::ConnectSessions { .. } | StoreError::Sessions(_) => {
                Self::SessionsUnavailable
            }
            _ => Self::DatabaseUnavailable,
        }
    }
}

impl From<&OpenError> for Readiness {
    fn from(error: &OpenError) -> Self {
        match error {
            OpenError::Store(error) => error.into(),
            OpenError::Encryption(EncryptionError::Encrypt) => Self::Misconfigured,
            OpenError::Encryption(_) => Self::KeyDoesNotFit,
            _ => Self::Misconfigured,
        }
    }
}

/// Why closing didn't leave everything stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// The database didn't take the ends of sessions in time.
    #[error(
        "sessions have ended ({ends} times), and the database could not store that. They count again once the app is \
         started, until they expire. Check the database; people can sign out again"
    )]
    EndsNotStored {
        /// How often. Sessions that ended together count as one.
        ends: usize,
    },
}

/// Where an app is between opening and closing.
#[derive(Default)]
pub(crate) struct Lifecycle {
    /// Why it couldn't be opened yet.
    not_opened: Mutex<Option<Readiness>>,
    is_ending: AtomicBool,
}

impl Okta {
    /// Returns whether people can sign in, and if not, why. Use it for a health check: it is a
    /// response of its own.
    ///
    /// It costs one trivial query as long as the last write succeeded. After a failed write, for
    /// example because the disk is full or the file is read-only, each call tries to write, until
    /// that works. Where sessions are in Valkey or Redis, it writes one value there. It takes at most
    /// two seconds. People who are signed in stay signed in meanwhile.
    ///
    /// It says nothing about Okta: an outage there is no reason to take this app out of service.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use axum_okta::Okta;
    ///
    /// /// Added after the layer, so that health checks don't go through it.
    /// fn with_health(app: Router, okta: Okta) -> Router {
    ///     app.route("/readyz", get(async move || okta.readiness().await))
    /// }
    /// ```
    pub async fn readiness(&self) -> Readiness {
        let lifecycle = &self.shared().lifecycle;
        if lifecycle.is_ending.load(Ordering::Relaxed) {
            return Readiness::ShuttingDown;
        }
        let Ok(services) = self.services() else {
            return lifecycle.not_opened().unwrap_or(Readiness::Starting);
        };
        let store = &services.store;
        let database = tokio::time::timeout(CHECK_FOR, store.check());
        // Where sessions are elsewhere, they have a limit of their own.
        match tokio::join!(database, store.check_sessions()) {
            (Ok(Ok(())), Ok(())) => Readiness::Ready,
            (Ok(Err(error)), _) | (Ok(Ok(())), Err(error)) => (&error).into(),
            (Err(_), _) => Readiness::DatabaseUnavailable,
        }
    }

    /// Returns whether people can sign in. [`readiness`](Self::readiness) also says why not.
    pub async fn is_ready(&self) -> bool {
        self.readiness().await == Readiness::Ready
    }

    /// From now on, [`readiness`](Self::readiness) says [`Readiness::ShuttingDown`], so that load
    /// balancers send no new requests. Nothing else changes: requests that still arrive are served.
    pub fn begin_shutdown(&self) {
        let lifecycle = &self.shared().lifecycle;
        lifecycle.is_ending.store(true, Ordering::Relaxed);
    }

    /// Closes the plugin when the server has stopped: finishes a change of the settings that is
    /// under way, stores ends of sessions that the database didn't take before and when sessions
    /// were in use last, and closes the connections to the database. Takes at most about half a
    /// minute if the database doesn't respond.
    ///
    /// Call it after axum's graceful shutdown, which finishes the sign-ins under way. Whatever is
    /// still asked afterwards fails closed.
    ///
    /// [Operations](crate::guide::operations#an-orderly-end) shows both in a `main`.
    ///
    /// # Errors
    ///
    /// [`CloseError`] if the end of a session could not be stored.
    pub async fn close(&self) -> Result<(), CloseError> {
        self.begin_shutdown();
        match self.services() {
            Ok(services) => services.close().await,
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn closed_because(&self, error: &OpenError) {
        *self.shared().lifecycle.lock() = Some(error.into());
    }
}

impl Lifecycle {
    fn not_opened(&self) -> Option<Readiness> {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Readiness>> {
        self.not_opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Services {
    async fn close(&self) -> Result<(), CloseError> {
        self.stop_tasks();
        // Kept until the end: no other change of the settings begins.
        let turn = tokio::time::timeout(CHANGE_FOR, self.turns.of_all()).await;
        if turn.is_err() {
            tracing::warn!("a change of the settings didn't finish in time");
        }
        let ended = tokio::time::timeout(STORE_FOR, self.sessions.ends_are_stored()).await;
        if let Err(error) = self.sessions.store_seen().await {
            let error = with_causes(&error);
            tracing::warn!(error, "when sessions were in use could not be stored");
        }
        if let Err(error) = self.sign_out_calls.store(&self.store).await {
            let error = with_causes(&error);
            tracing::warn!(error, "the last calls from Okta could not be stored");
        }
        let ends = self.sessions.unstored_ends();
        // A database that doesn't respond doesn't close in order.
        if tokio::time::timeout(STORE_FOR, self.store.close())
            .await
            .is_err()
        {
            tracing::warn!("the database didn't close in time");
        }
        match ended {
            Ok(()) => Ok(()),
            Err(_) => Err(CloseError::EndsNotStored { ends }),
        }
    }
}
