//! A WebSocket and a stream of events that end with the session: `cargo run -p axum_okta --example
//! live`.
//!
//! A guard looks at a request once, when it arrives. What stays open after that has to be closed when
//! the person signs out, in whatever tab, or when an admin or Okta ends the session.
//!
//! Connect an Okta app as in `hello.rs`. The page at `/` shows both; sign out in another tab, and both
//! close. To sign out, send `POST /logout`.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    response::{Html, Response, Sse, sse::Event},
    routing::get,
};
use axum_okta::{Identity, Okta, SessionEnd, Setup, require_auth, secrecy::ExposeSecret};
use futures::{Stream, StreamExt, stream};

/// Answers what it is sent, until the session ends.
async fn socket(upgrade: WebSocketUpgrade, identity: Identity, session: SessionEnd) -> Response {
    upgrade.on_upgrade(move |socket| echo(socket, identity, session))
}

async fn echo(mut socket: WebSocket, identity: Identity, session: SessionEnd) {
    loop {
        tokio::select! {
            () = session.ended() => {
                let reason = "You are signed out".into();
                let close = CloseFrame { code: close_code::POLICY, reason };
                // Whoever has left already needs no goodbye.
                let _sent = socket.send(Message::Close(Some(close))).await;
                return;
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let answer = format!("{}: {text}", identity.display_name());
                    if socket.send(answer.into()).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => (),
                Some(Err(_)) | None => return,
            },
        }
    }
}

/// A number every second, until the session ends.
async fn events(session: SessionEnd) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let numbers = stream::iter(1..).then(|number: u64| async move {
        tokio::time::sleep(Duration::from_secs(u64::from(number > 1))).await;
        Ok(Event::default().data(number.to_string()))
    });
    Sse::new(numbers.take_until(async move { session.ended().await }))
}

/// A browser opens an `EventSource` again when it ends. The guard's 401 then stops it.
const PAGE: &str = r#"<!DOCTYPE html>
<title>Live</title>
<p>Socket: <output id="socket">opening</output></p>
<p>Events: <output id="events">opening</output></p>
<form method="post" action="/logout"><button>Sign out</button></form>
<script>
  const show = (id, text) => { document.getElementById(id).value = text; };
  const socket = new WebSocket(location.href.replace('http', 'ws') + 'socket');
  socket.onopen = () => socket.send('hello');
  socket.onmessage = ({ data }) => show('socket', data);
  socket.onclose = ({ reason }) => show('socket', 'closed: ' + reason);
  const events = new EventSource('/events');
  events.onmessage = ({ data }) => show('events', data);
  events.onerror = () => show('events', 'closed');
</script>
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let okta = Okta::builder()
        .base_url(format!("http://127.0.0.1:{port}"))
        .allow_http_issuer(true)
        .open()
        .await?;
    if let Setup::Code(code) = okta.prepare_setup().await? {
        println!("The setup code is {}", code.expose_secret());
    }
    let app = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/socket", get(socket))
        .route("/events", get(events))
        .layer(require_auth());
    println!("Listening on {}", okta.base_url());
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
