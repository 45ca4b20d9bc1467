//! nginx of the distribution, with `deploy/nginx.conf`: only addresses and paths are others.

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use crate::port::free_port;

const CONFIGURATION: &str = include_str!("../../../deploy/nginx.conf");
/// Debian keeps it out of the path of ordinary users.
const PROGRAMS: [&str; 2] = ["nginx", "/usr/sbin/nginx"];
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Nginx {
    child: Child,
    folder: TempDir,
    pub http: u16,
    pub https: u16,
    /// Of `localhost`, in PEM.
    pub certificate: String,
}

impl Nginx {
    /// In front of these servers, at `https`.
    pub async fn start(servers: [&str; 2], https: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let key = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = key.cert.pem();
        fs::write(folder.path().join("certificate.pem"), &certificate).unwrap();
        fs::write(
            folder.path().join("key.pem"),
            key.signing_key.serialize_pem(),
        )
        .unwrap();
        let http = free_port().await;
        let mut configuration = CONFIGURATION.to_owned();
        for (theirs, ours) in [
            ("/tmp/", format!("{path}/")),
            ("server1:3000", servers[0].to_owned()),
            ("server2:3000", servers[1].to_owned()),
            ("listen 80;", format!("listen 127.0.0.1:{http};")),
            ("listen 443 ", format!("listen 127.0.0.1:{https} ")),
            ("/etc/nginx/tls/", format!("{path}/")),
            ("error_log stderr ", format!("error_log {path}/error.log ")),
            ("/dev/stdout", format!("{path}/access.log")),
        ] {
            assert!(configuration.contains(theirs), "{theirs}");
            configuration = configuration.replace(theirs, &ours);
        }
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).unwrap();
        let mut nginx = Self {
            child: run(&file),
            folder,
            http,
            https,
            certificate,
        };
        nginx.until_it_listens();
        nginx
    }

    fn until_it_listens(&mut self) {
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.https)).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", self.log("error"));
            assert!(since.elapsed() < PATIENCE, "nginx doesn't listen");
            std::thread::yield_now();
        }
    }

    /// What is in the log for errors, or for access.
    /// It is written after the response was sent.
    pub async fn until_logged(&self, is_there: impl Fn(&str) -> bool) {
        let since = Instant::now();
        while !is_there(&self.log("access")) {
            assert!(since.elapsed() < PATIENCE, "{}", self.log("access"));
            tokio::task::yield_now().await;
        }
    }

    pub fn log(&self, name: &str) -> String {
        let file = self.folder.path().join(format!("{name}.log"));
        fs::read_to_string(file).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// As one process, which ends with the test.
fn run(configuration: &Path) -> Child {
    let started = PROGRAMS.iter().find_map(|program| {
        let mut nginx = Command::new(program);
        nginx.args(["-g", "daemon off; master_process off;", "-c"]);
        nginx.arg(configuration).stdin(Stdio::null()).spawn().ok()
    });
    started.expect(
        "nginx is missing. Install it: apt-get install nginx-light, or scripts/setup --tests",
    )
}
