//! A Redis or Valkey of a test's own, at a socket in its own folder. It stops with the test,
//! however that ends.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use redis::{FromRedisValue, ToRedisArgs};
use tempfile::TempDir;

/// Stops the server as soon as nobody holds the other end of its input.
const WATCH: &str = r#"
"$@" < /dev/null &
cat > /dev/null
kill -CONT $!
kill $!
wait
"#;

pub struct Redis {
    folder: TempDir,
    settings: Vec<String>,
    watch: Option<Child>,
    /// The process that listens, and doesn't answer.
    paused: Option<String>,
}

#[allow(dead_code, reason = "the unit tests share this file")]
impl Redis {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these settings, as on its command line.
    pub fn start_with(settings: &[&str]) -> Self {
        let mut redis = Self {
            folder: tempfile::tempdir().unwrap(),
            settings: settings.iter().copied().map(str::to_owned).collect(),
            watch: None,
            paused: None,
        };
        redis.start_again();
        redis
    }

    /// Where it is, as an operator would write it.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub fn start_again(&mut self) {
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH, "sh"]).arg(program());
        watch.args(["--port", "0", "--save", "", "--unixsocket"]);
        watch.arg(self.socket()).args(&self.settings);
        let watch = watch
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let watch = self.watch.insert(watch.spawn().unwrap());
        let mut log = BufReader::new(watch.stdout.take().unwrap()).lines();
        let is_ready = log.any(|line| {
            let line = line.unwrap().to_lowercase();
            line.contains("ready to accept connections")
        });
        assert!(is_ready, "it ended: {:?}", self.settings);
    }

    pub fn stop(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            watch.wait().unwrap();
        }
    }

    /// As `kill -9` does.
    pub async fn kill(&mut self) {
        signal("-KILL", &self.process_id().await);
        self.stop();
    }

    /// It goes on listening, and doesn't answer.
    pub async fn pause(&mut self) {
        let id = self.process_id().await;
        signal("-STOP", self.paused.insert(id));
    }

    pub fn resume(&mut self) {
        signal("-CONT", &self.paused.take().unwrap());
    }

    async fn process_id(&self) -> String {
        let info: String = self.ask(&["INFO", "server"]).await;
        let mut lines = info.lines();
        let id = lines.find_map(|line| line.strip_prefix("process_id:"));
        id.unwrap().to_owned()
    }

    /// Past the plugin, as an operator might.
    pub async fn ask<T: FromRedisValue>(&self, command: &[impl ToRedisArgs]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut asked = redis::Cmd::new();
        asked.arg(command);
        asked.query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

fn signal(signal: &str, process: &str) {
    let sent = Command::new("kill").args([signal, process]).status();
    assert!(sent.unwrap().success());
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = std::env::split_paths(&path)
        .flat_map(|folder| ["valkey-server", "redis-server"].map(|name| folder.join(name)));
    let found = programs.into_iter().find(|program| program.exists());
    found.expect(
        "Valkey or Redis is missing. Install it: apt-get install redis-server, or scripts/setup --tests",
    )
}
