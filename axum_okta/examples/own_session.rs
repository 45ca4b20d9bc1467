//! An app that keeps a basket in the session: `cargo run -p axum_okta --example own_session`.
//!
//! The plugin's sessions are those of `tower_sessions`, so what an app keeps in one is stored
//! encrypted, lives as long as the session, and is gone when the person signs out. Signing in starts
//! a new session: nothing from before comes along.
//!
//! Connect an Okta app as in `hello.rs`. Adding to the basket is a `POST` to `/basket/pen`.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    routing::{get, post},
};
use axum_okta::{
    Identity, Okta, Setup, require_auth,
    secrecy::ExposeSecret,
    tower_sessions::{Session, session},
};

async fn show(identity: Identity, session: Session) -> Result<String, StatusCode> {
    let things = basket(&session).await.map_err(unavailable)?.join(", ");
    Ok(format!("{} buys: {things}", identity.display_name()))
}

async fn add(session: Session, Path(thing): Path<String>) -> Result<String, StatusCode> {
    let mut basket = basket(&session).await.map_err(unavailable)?;
    basket.push(thing);
    let stored = session.insert("basket", &basket).await;
    stored.map_err(unavailable)?;
    Ok(format!("{} in the basket", basket.len()))
}

async fn basket(session: &Session) -> Result<Vec<String>, session::Error> {
    Ok(session.get("basket").await?.unwrap_or_default())
}

fn unavailable(_: session::Error) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let okta = Okta::builder()
        .base_url(format!("http://127.0.0.1:{port}"))
        .allow_http_issuer(true)
        .open()
        .await?;
    if let Setup::Code(code) = okta.prepare_setup().await? {
        println!("The setup code is {}", code.expose_secret());
    }
    let app = Router::new()
        .route("/basket", get(show))
        .route("/basket/{thing}", post(add))
        .layer(require_auth());
    println!("Listening on {}", okta.base_url());
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
