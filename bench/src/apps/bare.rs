use axum::{Router, response::Redirect, routing::get};
use tower::layer::util::Identity;

use super::{LAYERED, PUBLIC, REDIRECT, TWICE_LAYERED, hello};

pub(super) fn router() -> Router {
    let layered = Router::new()
        .route(LAYERED, get(hello))
        .route(TWICE_LAYERED, get(hello).layer(Identity::new()))
        .layer(Identity::new());
    Router::new()
        .route(PUBLIC, get(hello))
        .route(REDIRECT, get(to_sign_in))
        .merge(layered)
}

async fn to_sign_in() -> Redirect {
    Redirect::to("/login?return_to=%2Fguarded")
}
