//! Health checks: the routes, and the command that asks them inside a container.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context, ensure};
use axum::{Json, Router, http::header, response::IntoResponse, routing::get};
use axum_okta::Okta;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const READY: &str = "/readyz";

/// Added after all layers, so that a check touches no session and is not logged.
pub(crate) fn with_health(app: Router, okta: &Okta) -> Router {
    let okta = okta.clone();
    app.route("/healthz", get(alive))
        .route(READY, get(async move || okta.readiness().await))
}

async fn alive() -> impl IntoResponse {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (headers, Json(json!({ "status": "alive" })))
}

/// Asks the server of this machine whether it is ready.
///
/// # Errors
///
/// When it isn't, or doesn't respond.
pub(crate) async fn ask(listening_on: SocketAddr) -> anyhow::Result<()> {
    let address = reachable(listening_on);
    let mut connection = TcpStream::connect(address)
        .await
        .with_context(|| format!("no server is listening on {address}"))?;
    let request = format!("GET {READY} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut lines = BufReader::new(connection).lines();
    let status = lines.next_line().await?.unwrap_or_default();
    ensure!(
        status.contains(" 200 "),
        "the server is not ready: {status}"
    );
    Ok(())
}

/// A server that listens on every address also listens on this one.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
