//! A WebSocket that is open as long as the session: where an app would send what is new.

use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    response::Response,
};
use axum_okta::SessionEnd;

pub(crate) async fn live(upgrade: WebSocketUpgrade, session: SessionEnd) -> Response {
    upgrade.on_upgrade(|socket| until_the_end(socket, session))
}

async fn until_the_end(mut socket: WebSocket, session: SessionEnd) {
    let ended = session.ended();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            () = &mut ended => {
                let reason = "You are signed out".into();
                let close = CloseFrame { code: close_code::POLICY, reason };
                // Whoever has left already needs no goodbye.
                let _sent = socket.send(Message::Close(Some(close))).await;
                return;
            }
            received = socket.recv() => {
                if !matches!(received, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}
