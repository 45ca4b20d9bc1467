use axum::{Router, routing::get};
use tower::layer::util::Identity;

use super::{LAYERED, PUBLIC, TWICE_LAYERED, hello};

pub(super) fn router() -> Router {
    let layered = Router::new()
        .route(LAYERED, get(hello))
        .route(TWICE_LAYERED, get(hello).layer(Identity::new()))
        .layer(Identity::new());
    Router::new().route(PUBLIC, get(hello)).merge(layered)
}
