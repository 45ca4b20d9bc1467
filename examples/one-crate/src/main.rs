//! The server.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{env, net::SocketAddr};

    use axum_okta::Okta;
    use leptos::prelude::get_configuration;
    use one_crate::server::routes;
    use tokio::net::TcpListener;

    const SETTINGS: &str = "/settings/okta";

    let options = get_configuration(None)?.leptos_options;
    let address = options.site_addr;

    let okta = Okta::builder()
        .base_url(format!("http://{address}"))
        .allow_http_issuer(cfg!(debug_assertions)) // for a stand-in for Okta on this machine
        .open()
        .await?;

    if env::args().nth(1).as_deref() == Some("setup-code") {
        let code = okta.new_setup_code().await?;
        println!("{}", okta.setup_text(SETTINGS, &code));
        return Ok(());
    }
    okta.announce_setup(SETTINGS).await;

    let app = okta.add_to(routes(options))?;
    let listener = TcpListener::bind(address).await?;
    println!("Listening on http://{address}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

// In the browser, the app starts in lib.rs.
#[cfg(not(feature = "ssr"))]
fn main() {}
