use axum::{Router, routing::get};
use axum_okta::{Identity, Okta, layer::OktaService, require_auth};
use tower::Layer;

use super::{GUARDED, HELLO, IDENTITY, PUBLIC, Place, hello};

pub const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
pub const SETUP_CODE: &str = "a-setup-code-for-benchmarks";

pub(super) async fn router(place: &Place) -> anyhow::Result<Router> {
    let (okta, app) = parts(place).await?;
    Ok(okta.add_to(app)?)
}

/// The layer around the router as a whole, rather than around each of its routes.
pub async fn around(place: &Place) -> anyhow::Result<OktaService<Router>> {
    let (okta, app) = parts(place).await?;
    Ok(okta.layer().layer(app))
}

async fn parts(place: &Place) -> anyhow::Result<(Okta, Router)> {
    let okta = Okta::builder()
        .base_url(&place.url)
        .database(&place.database)
        .encryption_key(KEY.to_owned())
        .setup_code(SETUP_CODE.to_owned())
        .allow_http_issuer(true)
        // All of them come from one address.
        .sign_ins_per_minute(u32::MAX)
        .open()
        .await?;
    okta.prepare_setup().await?;
    let app = Router::new()
        .route(PUBLIC, get(hello))
        .route(GUARDED, get(hello).layer(require_auth()))
        .route(IDENTITY, get(hello_to).layer(require_auth()));
    Ok((okta, app))
}

async fn hello_to(_: Identity) -> &'static str {
    HELLO
}
