//! axum-login as its examples use it, with the cheapest backend that there can be: it knows one user.

use std::{convert::Infallible, str::FromStr};

use axum::{Router, routing::get};
use axum_login::{AuthManagerLayerBuilder, AuthUser, AuthnBackend, UserId, login_required};
use sessions_of_peers::{MemoryStore, SessionManagerLayer, SessionStore};
use sqlx_of_peers::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
use tower_sessions_sqlx_store::SqliteStore;

use super::{GUARDED, HELLO, IDENTITY, Place, SIGN_IN, hello};

type AuthSession = axum_login::AuthSession<Backend>;

pub(super) fn in_memory() -> Router {
    with(MemoryStore::default())
}

/// In write-ahead mode, as the plugin opens it.
pub(super) async fn in_sqlite(place: &Place) -> anyhow::Result<Router> {
    let options = SqliteConnectOptions::from_str(&place.database)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let store = SqliteStore::new(SqlitePool::connect_with(options).await?);
    store.migrate().await?;
    Ok(with(store))
}

fn with(store: impl SessionStore + Clone) -> Router {
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    let auth = AuthManagerLayerBuilder::new(Backend, sessions).build();
    Router::new()
        .route(GUARDED, get(hello))
        .route(IDENTITY, get(hello_to))
        .route_layer(login_required!(Backend, login_url = "/sign-in"))
        .route(SIGN_IN, get(sign_in))
        .layer(auth)
}

async fn hello_to(_: AuthSession) -> &'static str {
    HELLO
}

async fn sign_in(mut session: AuthSession) -> Result<&'static str, String> {
    let done = session.login(&User).await;
    done.map_err(|error| error.to_string())?;
    Ok(HELLO)
}

#[derive(Clone, Debug)]
struct User;

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        1
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"the hash of a password"
    }
}

#[derive(Clone)]
struct Backend;

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = ();
    type Error = Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<User>, Infallible> {
        Ok(Some(User))
    }

    async fn get_user(&self, _: &UserId<Self>) -> Result<Option<User>, Infallible> {
        Ok(Some(User))
    }
}
