//! The reference app's server: reads its configuration, opens the plugin, serves.

mod commands;
mod config;
mod headers;
mod health;
mod live;
mod metrics;
mod shutdown;
mod site;

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Context;
use axum::{
    Json, Router,
    body::Body,
    http::{Request, header},
    response::IntoResponse,
    routing::get,
};
use axum_okta::{Identity, Okta, OktaBuilder, error::RouteConflict, require_auth};
use clap::Parser;
use leptos::config::LeptosOptions;
use leptos_axum::{ErrorHandler, LeptosRoutes, generate_route_list};
use tower_http::{
    compression::CompressionLayer, set_header::SetResponseHeaderLayer, trace::TraceLayer,
};
use tracing::Span;
use tracing_subscriber::EnvFilter;

use crate::config::{Arguments, Command};

/// The path of the settings page.
const SETTINGS: &str = "/settings/okta";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let done = match Arguments::parse().command {
        None => serve().await,
        Some(Command::SetupCode) => print_setup_code().await,
        Some(Command::MoveDatabase { to }) => commands::move_database(&to).await,
        Some(Command::Backup { to }) => commands::back_up(&to).await,
        Some(Command::Export { secrets }) => commands::export(secrets).await,
        Some(Command::Apply {
            file,
            dry_run,
            prune,
        }) => commands::apply(&file, dry_run, prune).await,
        Some(Command::Health) => check_health().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With its causes.
            eprintln!("server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> anyhow::Result<()> {
    let options = site::with_hashes(config::leptos_options()?)?;
    if let Some(address) = config::metrics_address()? {
        metrics::serve_at(address).await?;
    }
    let okta = OktaBuilder::from_env()?.open_or_deny().await?;
    okta.announce_setup(SETTINGS).await;

    let address = options.site_addr;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| {
            format!("can't listen on {address}. Set LEPTOS_SITE_ADDR to another address")
        })?;
    let app = router(&okta, options)?;
    println!("Listening on {}", okta.base_url());
    shutdown::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
        &okta,
    )
    .await
}

fn router(okta: &Okta, options: LeptosOptions) -> Result<Router, RouteConflict> {
    let routes = generate_route_list(app::App);
    let files = site::files(&options);
    let not_found = ErrorHandler::new_with_context(
        headers::content_security_policy,
        app::shell,
        options.clone(),
    );
    let app = Router::new()
        .route("/okta.css", get(stylesheet()))
        .route("/api/protected", get(protected).layer(require_auth()))
        .route("/api/live", get(live::live).layer(require_auth()))
        .route(
            "/api/editors",
            get(protected).layer(require_auth().role("editor")),
        )
        .leptos_routes_with_context(&options, routes, headers::content_security_policy, {
            let options = options.clone();
            move || app::shell(options.clone())
        })
        .fallback_service(not_found)
        .with_state(options);
    let mut router = okta
        .add_to(app)?
        .merge(files)
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span));
    for (name, value) in headers::FOR_EVERYTHING {
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    Ok(health::with_health(router, okta))
}

/// The plugin's stylesheet; the app's own is a file of the site.
fn stylesheet() -> impl IntoResponse + Clone {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        // It changes with the server, but its address stays the same.
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, leptos_okta::STYLE)
}

/// Without the query, which may contain codes, states and setup codes.
fn span(request: &Request<Body>) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// A guarded JSON route.
async fn protected(identity: Identity) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "hello": identity.display_name() }))
}

async fn check_health() -> anyhow::Result<()> {
    health::ask(config::leptos_options()?.site_addr).await
}

async fn print_setup_code() -> anyhow::Result<()> {
    let okta = OktaBuilder::from_env()?.open().await?;
    let code = okta.new_setup_code().await?;
    println!("{}", okta.setup_text(SETTINGS, &code));
    Ok(())
}
