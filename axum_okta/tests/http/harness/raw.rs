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
pub struct UnderWay {
    stream: TcpStream,
    body: String,
}

impl UnderWay {
    pub async fn post(app: &App, path: &str, session: &str) -> Self {
        let cookie = format!("okta_session={session}");
        Self::begin(app, &format!("POST {path}"), ("cookie", &cookie), "x").await
    }

    /// Sends all but the body, until that is asked for (RFC 9110 §10.1.1).
    pub async fn begin(app: &App, what: &str, header: (&str, &str), body: &str) -> Self {
        let address = app.url.strip_prefix("http://").unwrap();
        let ((name, value), length) = (header, body.len());
        let head = format!(
            "{what} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             {name}: {value}\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut asked = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        let asking = stream.read_exact(&mut asked);
        timeout(PATIENCE, asking).await.expect("asking").unwrap();
        let body = body.to_owned();
        Self { stream, body }
    }

    pub async fn send_body(&mut self) {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
    }

    /// Sends the rest, and gives the whole answer.
    pub async fn finish(mut self) -> String {
        self.send_body().await;
        let mut answer = String::new();
        let answering = self.stream.read_to_string(&mut answer);
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
