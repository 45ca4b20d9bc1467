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

/// A request that has begun: whoever answers it has seen the session, and waits for the rest.
pub struct UnderWay(TcpStream);

impl UnderWay {
    /// Sends all but the body, until that is asked for (RFC 9110 §10.1.1).
    pub async fn post(app: &App, path: &str, session: &str) -> Self {
        let address = app.url.strip_prefix("http://").unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             cookie: okta_session={session}\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut asked = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        let asking = stream.read_exact(&mut asked);
        timeout(PATIENCE, asking).await.expect("asking").unwrap();
        Self(stream)
    }

    /// Sends the rest, and gives the whole answer.
    pub async fn finish(mut self) -> String {
        self.0.write_all(b"x").await.unwrap();
        let mut answer = String::new();
        let answering = self.0.read_to_string(&mut answer);
        timeout(PATIENCE, answering)
            .await
            .expect("an answer")
            .unwrap();
        answer
    }
}

/// The session cookie that such an answer sets.
pub fn raw_session_id(answer: &str) -> Option<&str> {
    let (_, cookie) = answer.split_once("set-cookie: okta_session=")?;
    cookie.split(';').next()
}

/// The status of such an answer.
pub fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}
