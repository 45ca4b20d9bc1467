//! Requests byte for byte: a client library would mend what is wrong on purpose.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::app::App;

/// For what answers at once, or hangs.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Sends these bytes and gives the whole answer.
pub async fn raw(app: &App, request_line: &str, headers: &[(&str, &str)]) -> String {
    let address = app.url.strip_prefix("http://").unwrap();
    let mut request = format!("{request_line}\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    timeout(PATIENCE, exchange).await.expect("an answer")
}

/// The status of such an answer.
pub fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}
