//! Ports for what is stopped and started again: below those that the system gives to outgoing
//! connections, one of which could take the place meanwhile.

use tokio::net::TcpListener;

/// Listens on a port that nobody listens on.
pub async fn listener() -> TcpListener {
    loop {
        let port = 20_000 + rand::random_range(0..12_000_u16);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return listener;
        }
    }
}

/// A port that nobody listens on, for another process.
pub async fn free_port() -> u16 {
    listener().await.local_addr().unwrap().port()
}

/// The address of what listens there.
pub fn url_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}
