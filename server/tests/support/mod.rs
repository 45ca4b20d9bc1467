//! The built server, on a free port and a database of its own.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

pub struct Server {
    pub child: Child,
    pub url: String,
    pub setup_code: String,
}

impl Server {
    /// Kills it, and waits until it is gone.
    #[allow(dead_code, reason = "not every test does")]
    pub async fn stop(&mut self) {
        self.child.kill().await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.start_kill().unwrap_or_default();
    }
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    // Nothing of the machine's own configuration.
    command.env_clear().current_dir(folder).kill_on_drop(true);
    command
}

pub async fn start(folder: &Path, variables: &[(&str, &str)]) -> Server {
    start_logging_to(Stdio::inherit(), folder, variables).await
}

pub async fn start_logging_to(log: Stdio, folder: &Path, variables: &[(&str, &str)]) -> Server {
    let given = variables
        .iter()
        .find(|(name, _)| *name == "LEPTOS_SITE_ADDR");
    let address = match given {
        Some((_, address)) => (*address).to_owned(),
        None => free_address().await,
    };
    let mut child = command(folder)
        .env("LEPTOS_SITE_ADDR", &address)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut setup_code = String::new();
    let listening = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with("Listening on") {
                return;
            }
            if let Some(code) = line.strip_prefix("Setup code: ") {
                code.clone_into(&mut setup_code);
            }
        }
        panic!("the server ended before it listened");
    };
    tokio::time::timeout(Duration::from_secs(30), listening)
        .await
        .unwrap();
    Server {
        child,
        url: format!("http://{address}"),
        setup_code,
    }
}

/// Below the ports that the system gives to outgoing connections, one of which could take the place
/// meanwhile.
pub async fn free_address() -> String {
    loop {
        let port = 20_000 + rand::random_range(0..12_000_u16);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return listener.local_addr().unwrap().to_string();
        }
    }
}
