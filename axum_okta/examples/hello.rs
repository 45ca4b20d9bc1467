//! A whole app that signs in with Okta: `cargo run -p axum_okta --example hello`.
//!
//! It prints a setup code. Enter it and connect an Okta app:
//!
//! ```sh
//! curl -c jar --json '{"setup": "CODE"}' http://127.0.0.1:3000/api/okta/setup
//! curl -b jar -X PUT --json '{"client_id": "…", "client_secret": "…", "issuer": "dev-1.okta.com"}' \
//!     http://127.0.0.1:3000/api/okta/connections/okta
//! ```

use std::net::SocketAddr;

use axum::{Router, routing::get};
use axum_okta::{Identity, Okta, Setup, require_auth, secrecy::ExposeSecret};

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
    let hello = |identity: Identity| async move { format!("Hello, {}!", identity.display_name()) };
    let app = Router::new().route("/", get(hello).layer(require_auth()));
    println!("Listening on {}", okta.base_url());
    // The rate limits need the clients' addresses.
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
