//! The server.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    blog::server::run().await
}

// In the browser, the app starts in lib.rs.
#[cfg(not(feature = "ssr"))]
fn main() {}
