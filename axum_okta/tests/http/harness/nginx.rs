//! A real nginx before several servers, on loopback.

use std::{
    fmt::Write,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use tokio::net::TcpStream;

/// Names the server that a request goes to, counted from 1. Without it, nginx chooses.
pub const SERVER: &str = "x-server";

pub struct Nginx {
    pub url: String,
    process: Child,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one at this port, before the servers at these URLs.
    pub async fn start(port: u16, servers: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("nginx.conf");
        fs::write(&config, configuration(&folder, port, servers)).unwrap();
        let process = Command::new(program())
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&config)
            .args(["-e", "stderr"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self {
            url: url_at(port),
            process,
            _folder: folder,
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM, so that it takes its worker along.
        let id = self.process.id().to_string();
        let _stopped = Command::new("kill").arg(id).status();
        let _waited = self.process.wait();
    }
}

/// The address of an nginx at this port.
pub fn url_at(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn configuration(folder: &TempDir, port: u16, servers: &[&str]) -> String {
    let folder = folder.path().display();
    let mut pools = String::from("upstream all {\n");
    let addresses = servers
        .iter()
        .map(|url| url.strip_prefix("http://").unwrap());
    for address in addresses.clone() {
        writeln!(pools, "    server {address};").unwrap();
    }
    pools.push_str("}\n");
    let mut choices = String::new();
    for (number, address) in (1..).zip(addresses) {
        writeln!(pools, "upstream server_{number} {{ server {address}; }}").unwrap();
        writeln!(choices, "    {number} server_{number};").unwrap();
    }
    let user = match fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me)) {
        Ok(0) => "user root;",
        _ => "",
    };
    format!(
        "{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr error;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {pools}
    map $http_x_server $pool {{
        default all;
{choices}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://$pool;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"
    )
}

/// Debian keeps it out of the path of everybody but root.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let mut found = folders.map(|folder| folder.join("nginx"));
    found.find(|program| program.exists()).expect(
        "nginx is missing. Install it: apt-get install nginx-light, or scripts/setup --tests",
    )
}
