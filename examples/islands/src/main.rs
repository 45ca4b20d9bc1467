//! The server.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::net::SocketAddr;

    use axum::{Router, http::header::CONTENT_TYPE, routing::get};
    use axum_okta::Okta;
    use islands::app::{App, shell};
    use leptos::prelude::get_configuration;
    use leptos_axum::{LeptosRoutes, generate_route_list};
    use tokio::net::TcpListener;

    let options = get_configuration(None)?.leptos_options;
    let address = options.site_addr;
    let routes = generate_route_list(App);

    let okta = Okta::builder()
        .base_url(format!("http://{address}"))
        .allow_http_issuer(cfg!(debug_assertions)) // for a stand-in for Okta on this machine
        .open()
        .await?;
    okta.announce_setup("/settings/okta").await;

    let okta_style = ([(CONTENT_TYPE, "text/css")], leptos_okta::STYLE);
    let app = Router::new()
        .route("/okta.css", get(okta_style))
        .leptos_routes(&options, routes, {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler(shell))
        .with_state(options);
    let app = okta.add_to(app)?;

    let listener = TcpListener::bind(address).await?;
    println!("Listening on http://{address}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

// In the browser, the app starts in lib.rs.
#[cfg(not(feature = "ssr"))]
fn main() {}
