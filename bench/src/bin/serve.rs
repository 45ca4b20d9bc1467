//! One of the apps, on a port.

use std::net::SocketAddr;

use axum::{ServiceExt, extract::Request};
use bench::apps::{Answering, App, Place};
use clap::Parser;
use tokio::net::TcpListener;

#[derive(Parser)]
struct Arguments {
    app: App,
    #[arg(long)]
    listen: SocketAddr,
    #[command(flatten)]
    place: Place,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let app = arguments.app.answering(&arguments.place).await?;
    let listener = TcpListener::bind(arguments.listen).await?;
    match app {
        Answering::Router(router) => {
            let app = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await?;
        }
        Answering::Around(service) => {
            let app =
                ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
            axum::serve(listener, app).await?;
        }
    }
    Ok(())
}
