//! The server.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::net::SocketAddr;

    use axum::Router;
    use leptos::prelude::get_configuration;
    use leptos_axum::{LeptosRoutes, generate_route_list};
    use start::{app::App, shell};
    use tokio::net::TcpListener;

    let options = get_configuration(None)?.leptos_options;
    let address = options.site_addr;
    let app = Router::new()
        .leptos_routes(&options, generate_route_list(App), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler(shell))
        .with_state(options);
    #[cfg(feature = "okta-ssr")]
    let app = with_okta(app, address).await?;

    let listener = TcpListener::bind(address).await?;
    println!("Listening on http://{address}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

#[cfg(feature = "okta-ssr")]
async fn with_okta(
    app: axum::Router,
    address: std::net::SocketAddr,
) -> Result<axum::Router, Box<dyn std::error::Error>> {
    use axum::{http::header::CONTENT_TYPE, routing::get};
    use axum_okta::Okta;

    let okta = Okta::builder()
        .base_url(format!("http://{address}"))
        .open()
        .await?;
    let okta_style = ([(CONTENT_TYPE, "text/css")], leptos_okta::STYLE);
    Ok(okta.add_to(app.route("/okta.css", get(okta_style)))?)
}

// In the browser, the app starts in lib.rs.
#[cfg(not(feature = "ssr"))]
fn main() {}
