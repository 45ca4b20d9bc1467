//! Connected from environment variables, so that nobody connects in a browser. There is no setup
//! code: members of the group are the admins.
//!
//! ```sh
//! export OKTA_CLIENT_ID=… OKTA_CLIENT_SECRET=… OKTA_ISSUER_URI=dev-1.okta.com
//! OKTA_ADMIN_GROUP="App admins" cargo run -p axum_okta --example managed_connection
//! ```

use std::{env, net::SocketAddr};

use axum::{Router, routing::get};
use axum_okta::{Identity, OktaBuilder, require_auth, roles::ADMIN};

async fn hello(identity: Identity) -> String {
    if identity.has_role(ADMIN) {
        format!("Hello, {}! You are an admin.", identity.display_name())
    } else {
        format!("Hello, {}!", identity.display_name())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let okta = OktaBuilder::from_env()?
        .base_url(format!("http://127.0.0.1:{port}"))
        .allow_http_issuer(true)
        .open()
        .await?;
    let app = Router::new().route("/", get(hello).layer(require_auth()));
    println!("Listening on {}", okta.base_url());
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
