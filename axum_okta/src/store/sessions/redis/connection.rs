//! The connection to Redis or Valkey: one for all requests, made again whenever it is lost.

use std::{net::IpAddr, time::Duration};

use redis::{
    Client, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo, ProtocolVersion, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd,
    io::tcp::TcpSettings,
};
use rustls::crypto::{CryptoProvider, ring};

use crate::{causes::with_causes, store::StoreError};

/// A request doesn't wait longer for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sessions that are deleted to make room would sign people out, and an index that is would hide
/// sessions from whoever ends them.
const KEEPS_EVERYTHING: &str = "noeviction";

#[derive(Clone)]
pub(in crate::store) struct Redis {
    connection: ConnectionManager,
}

/// Where it is, not connected yet.
pub(in crate::store) struct Address {
    client: Client,
    /// Without credentials.
    name: String,
}

impl Address {
    /// Nothing where the URL can't be used.
    pub(in crate::store) fn parse(url: &str) -> Option<Self> {
        let parsed = url.into_connection_info().ok()?;
        let (name, is_private) = match parsed.addr() {
            // `#insecure` doesn't verify the certificate.
            ConnectionAddr::TcpTls { insecure: true, .. } => return None,
            ConnectionAddr::TcpTls { host, port, .. } => {
                choose_crypto();
                (format!("{host}:{port}"), true)
            }
            ConnectionAddr::Tcp(host, port) => (format!("{host}:{port}"), is_loopback(host)),
            ConnectionAddr::Unix(path) => (path.display().to_string(), true),
            _ => return None,
        };
        if !is_private {
            tracing::warn!(
                "the connection to the sessions at {name} is not encrypted: somebody between could read the password \
                 and end sessions. Use rediss: in its URL"
            );
        }
        // Version 3 tells at once when the connection is lost.
        let settings = parsed.redis_settings().clone();
        let settings = settings.set_protocol(ProtocolVersion::RESP3);
        let tcp = TcpSettings::default().set_nodelay(true);
        // A server that disappeared says nothing more.
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(2 * TIMEOUT);
        let parsed = parsed.set_redis_settings(settings).set_tcp_settings(tcp);
        let client = Client::open(parsed).ok()?;
        Some(Self { client, name })
    }

    pub(in crate::store) async fn connect(self) -> Result<Redis, StoreError> {
        // One attempt for each request that needs it, so that none waits for a server that is down.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connecting = ConnectionManager::new_with_config(self.client, config);
        let connection = match connecting.await {
            Ok(connection) => connection,
            Err(error) => {
                return Err(StoreError::ConnectSessions {
                    server: self.name,
                    source: error.into(),
                });
            }
        };
        let redis = Redis { connection };
        redis.warn_of_eviction(&self.name).await;
        Ok(redis)
    }
}

impl Redis {
    /// Makes sure that it answers and takes what is written.
    pub(in crate::store) async fn check(&self) -> Result<(), StoreError> {
        let mut write = cmd("SET");
        write.arg("okta:ready").arg(1).arg("EX").arg(60);
        self.ask::<()>(&write).await.inspect_err(|error| {
            tracing::error!(error = with_causes(error), "no session can be written");
        })
    }

    async fn warn_of_eviction(&self, name: &str) {
        let mut info = cmd("INFO");
        info.arg("memory");
        let Ok(info) = self.ask::<String>(&info).await else {
            tracing::warn!("whether {name} keeps all sessions is unknown: it doesn't answer INFO");
            return;
        };
        let mut lines = info.lines();
        let policy = lines.find_map(|line| line.strip_prefix("maxmemory_policy:"));
        if let Some(policy) = policy.filter(|policy| *policy != KEEPS_EVERYTHING) {
            tracing::warn!(
                "{name} deletes sessions when its memory is full (maxmemory-policy {policy}): people would be signed \
                 out, and ending all of a person's sessions could miss some. Set maxmemory-policy {KEEPS_EVERYTHING}"
            );
        }
    }

    /// Asks a second time when the connection was lost, over a new one. Every command has the same
    /// effect twice as once.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let answer = async {
            match self.ask_once(command).await {
                Err(error) if error.is_connection_dropped() => self.ask_once(command).await,
                answer => answer,
            }
        };
        match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(answer) => answer.map_err(|error| StoreError::Sessions(error.into())),
            Err(elapsed) => Err(StoreError::Sessions(elapsed.into())),
        }
    }

    async fn ask_once<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        command.query_async(&mut self.connection.clone()).await
    }
}

/// The library takes the process's choice, and would not know which to take where the app's build
/// has more than one.
fn choose_crypto() {
    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster, which is as good.
        let _ = ring::default_provider().install_default();
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
