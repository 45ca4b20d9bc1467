//! The metrics as a page for Prometheus, at an address of its own that the public doesn't reach.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

/// In seconds: from a query on the same machine to the longest that anything may take.
const BUCKETS: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0,
];

/// Measured times wait in memory for this long to be added up, if nobody asks for them.
const ADD_UP_EVERY: Duration = Duration::from_secs(10);

/// Has to come before the plugin is opened, which looks its counters up once.
///
/// # Errors
///
/// When the address can't be listened on.
pub(crate) async fn serve_at(address: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("can't listen on {address}. Set METRICS_ADDR to another address, or to nothing")
    })?;
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    let page = Router::new()
        .route("/metrics", get(page))
        .with_state(handle.clone());
    tokio::spawn(async move { axum::serve(listener, page).await });
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(ADD_UP_EVERY);
        loop {
            interval.tick().await;
            handle.run_upkeep();
        }
    });
    Ok(())
}

async fn page(State(handle): State<PrometheusHandle>) -> impl IntoResponse {
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, handle.render())
}
