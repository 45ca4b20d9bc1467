use axum::{Router, routing::get};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use super::{PUBLIC, SIGN_IN, hello};

pub(super) fn router() -> Router {
    Router::new()
        .route(PUBLIC, get(hello))
        .route(SIGN_IN, get(sign_in))
        .layer(SessionManagerLayer::new(MemoryStore::default()).with_secure(false))
}

async fn sign_in(session: Session) -> Result<&'static str, String> {
    let inserted = session.insert("user", 1).await;
    inserted.map_err(|error| error.to_string())?;
    Ok(super::HELLO)
}
