//! Routes for people with a role: `cargo run -p axum_okta --example roles`.
//!
//! Connect an Okta app as in `hello.rs`, then map Okta's groups to roles. A change applies at once,
//! also to people who are signed in:
//!
//! ```sh
//! curl -b jar -X PUT http://127.0.0.1:3000/api/okta/roles --json \
//!     '{"rules": [{"group": "Writers", "role": "author"}, {"group": "Desk", "role": "editor"}]}'
//! ```

use std::net::SocketAddr;

use axum::{
    Router,
    routing::{get, post},
};
use axum_okta::{Identity, Okta, Setup, require_auth, secrecy::ExposeSecret};

/// Open to everyone, and different for each.
async fn home(identity: Option<Identity>) -> String {
    match identity {
        Some(identity) if identity.has_role("editor") => "You may publish.".to_owned(),
        Some(identity) => format!("Your roles: {}", identity.roles.join(", ")),
        None => "Nobody is signed in.".to_owned(),
    }
}

async fn drafts(identity: Identity) -> String {
    format!("Drafts for {}", identity.display_name())
}

async fn publish(identity: Identity) -> String {
    format!("Published by {}", identity.display_name())
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
    let writers = require_auth().any_role(["author", "editor"]);
    let editors = require_auth().role("editor");
    let app = Router::new()
        .route("/", get(home))
        .route("/drafts", get(drafts).layer(writers))
        .route("/publish", post(publish).layer(editors));
    println!("Listening on {}", okta.base_url());
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
