//! The server: its database, its readers and their sign-in, and what it says to browsers.

mod database;
mod errors;
mod headers;
mod login;
mod people;
mod readers;

use std::{env, net::SocketAddr};

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    http::{Request, header},
    middleware,
    routing::{get, post},
};
use axum_okta::OktaBuilder;
use chrono::NaiveDateTime;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower_http::trace::TraceLayer;
use tracing::Span;
use tracing_subscriber::EnvFilter;

pub(crate) use self::{database::Database, people::author, readers::reader};
use crate::app::{App, shell};

/// Where admins connect Okta.
const SETTINGS: &str = "/staff/okta";

/// Serves the blog until the process ends.
///
/// # Errors
///
/// When the configuration, the database or the address cannot be used.
pub async fn run() -> anyhow::Result<()> {
    let log = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr)
        .init();

    let database = Database::open(&variable("BLOG_DATABASE_URL", "sqlite:blog.db")).await?;
    if let Ok(password) = env::var("BLOG_PASSWORD") {
        database.add_reader("reader", &password).await?;
    }
    let address: SocketAddr = variable("LEPTOS_SITE_ADDR", "127.0.0.1:3000")
        .parse()
        .context("LEPTOS_SITE_ADDR is not an address such as 127.0.0.1:3000")?;
    let options = LeptosOptions::builder()
        .output_name("blog")
        .site_root(variable("LEPTOS_SITE_ROOT", "target/site-blog"))
        .site_addr(address)
        .build();

    // Below a prefix: `/login`, `/logout` and `/api/identity` are the blog's own.
    let users = database.clone();
    let okta = OktaBuilder::from_env()?
        .settings_page(SETTINGS)
        .prefix("/auth")
        .on_signed_in(move |identity| {
            let users = users.clone();
            async move { Ok(users.keep_user(&identity).await?) }
        })
        .open()
        .await?;
    okta.announce_setup(SETTINGS).await;
    let app = okta.add_to(router(database, options))?;

    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("Listening on http://{address}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

fn router(database: Database, options: LeptosOptions) -> Router {
    let routes = generate_route_list(App);
    let context = {
        let database = database.clone();
        move || {
            provide_context(database.clone());
            headers::content_security_policy();
        }
    };
    let okta_style = ([(header::CONTENT_TYPE, "text/css")], leptos_okta::STYLE);
    let own = Router::new()
        .route("/login", post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/api/identity", get(readers::identity))
        .route("/okta.css", get(okta_style))
        .with_state(database.clone());
    Router::new()
        .leptos_routes_with_context(&options, routes, context.clone(), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context(
            context, shell,
        ))
        .with_state(options)
        .merge(own)
        .layer(middleware::from_fn_with_state(database, readers::recognize))
        .layer(TraceLayer::new_for_http().make_span_with(span))
}

/// Without the query: it can hold what is secret.
fn span(request: &Request<Body>) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// The database, in a server function.
pub(crate) fn database() -> Result<Database, ServerFnError> {
    use_context().ok_or_else(|| ServerFnError::new("the database was not provided"))
}

pub(crate) fn day(time: NaiveDateTime) -> String {
    time.format("%-d %B %Y").to_string()
}

fn variable(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}
