//! A PostgreSQL of the tests' own, on loopback and with TLS: the first test that wants it starts
//! it, and it stops by itself when no test has wanted it for a while.

use std::{
    fs::{self, File},
    net::TcpStream,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::certificate::Certificate;

/// Nobody but this machine can reach it.
pub const PASSWORD: &str = "a-password-for-tests";

/// In the background: stops it as soon as nobody holds the lock, and takes its files away.
const WATCH: &str = r#"
while sleep 30; do
    flock --exclusive --nonblock "$1/in-use" sh -c '"$@"; rm -rf "$0/data" "$0/port"' "$@" && exit
done >/dev/null 2>&1 &
"#;

pub struct Server {
    port: u16,
    folder: PathBuf,
    /// Held for as long as this process lives.
    _in_use: File,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// The URL of a new, empty database.
pub async fn database() -> String {
    SERVER.get_or_init(shared).database().await
}

/// What signed the certificate that it shows as `localhost`.
#[allow(dead_code, reason = "the unit tests share this file")]
pub fn authority() -> PathBuf {
    let server = SERVER.get_or_init(shared);
    server.folder.join("data/authority.pem")
}

fn shared() -> Server {
    Server::running("axum_okta-postgres")
}

fn url(database: &str) -> String {
    SERVER.get_or_init(shared).url(database)
}

impl Server {
    /// Started unless it runs already. Of one name there is one.
    pub fn running(name: &str) -> Self {
        let user = user();
        let folder = std::env::temp_dir().join(format!("{name}-{user}"));
        fs::create_dir_all(&folder).unwrap();
        let in_use = File::create(folder.join("in-use")).unwrap();
        in_use.lock_shared().unwrap();
        // Of tests that begin at once, one starts it.
        let starting = File::create(folder.join("starting")).unwrap();
        starting.lock().unwrap();
        let port = started_earlier(&folder).unwrap_or_else(|| start(&folder));
        Self {
            port,
            folder,
            _in_use: in_use,
        }
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> String {
        let name = format!("test_{:016x}", rand::random::<u64>());
        let mut admin = PgConnection::connect(&self.url("postgres")).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        admin.execute(AssertSqlSafe(create)).await.unwrap();
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let port = self.port;
        format!("postgres://postgres:{PASSWORD}@localhost:{port}/{database}")
    }

    /// Not of one that others use, too.
    #[allow(dead_code, reason = "most tests share one")]
    pub fn restart(&self) {
        let mut restart = program("pg_ctl");
        restart.args(["restart", "--mode=fast", "--wait", "--pgdata"]);
        output(
            restart
                .arg(self.folder.join("data"))
                .arg("--log")
                .arg(self.folder.join("data/log")),
        );
    }

    /// Of the process whose children serve the connections.
    #[allow(dead_code, reason = "most tests share one")]
    pub fn process_id(&self) -> u32 {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }
}

fn user() -> String {
    output(Command::new("id").arg("-u"))
}

fn is_root() -> bool {
    user() == "0"
}

/// One of PostgreSQL's programs, which refuse to be root.
fn program(name: &str) -> Command {
    let program = programs().join(name);
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn started_earlier(folder: &Path) -> Option<u16> {
    let port = fs::read_to_string(folder.join("port")).ok()?.parse().ok()?;
    TcpStream::connect(("127.0.0.1", port)).ok()?;
    Some(port)
}

fn start(folder: &Path) -> u16 {
    let is_root = is_root();
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data).unwrap();
    }
    fs::create_dir(&data).unwrap();
    let password = folder.join("password");
    fs::write(&password, PASSWORD).unwrap();
    if is_root {
        output(Command::new("chown").arg("postgres").arg(&data));
    }
    let mut initdb = program("initdb");
    initdb.args([
        "--username=postgres",
        "--auth=password",
        "--no-sync",
        "--encoding=UTF8",
    ]);
    initdb.arg(argument("--pwfile=", &password)).arg(&data);
    output(&mut initdb);
    certify(&data, is_root);

    let port = free_port();
    let settings = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 \
         -c fsync=off -c ssl=on"
    );
    let mut pg_ctl = program("pg_ctl");
    pg_ctl.arg("start").arg("--wait").args(["-o", &settings]);
    pg_ctl.arg("--pgdata").arg(&data);
    pg_ctl.arg("--log").arg(data.join("log"));
    output(&mut pg_ctl);
    fs::write(folder.join("port"), port.to_string()).unwrap();

    let mut stop = program("pg_ctl");
    stop.args(["stop", "--mode=fast", "--pgdata"]).arg(&data);
    let mut watch = Command::new("sh");
    watch.args(["-c", WATCH, "sh"]).arg(folder);
    watch.arg(stop.get_program()).args(stop.get_args());
    // The end of a test ends the others of its group.
    output(watch.process_group(0));
    port
}

fn certify(data: &Path, is_root: bool) {
    let made = Certificate::for_localhost();
    fs::write(data.join("authority.pem"), made.authority).unwrap();
    fs::write(data.join("server.crt"), made.certificate).unwrap();
    fs::write(data.join("server.key"), made.key).unwrap();
    output(
        Command::new("chmod")
            .arg("600")
            .arg(data.join("server.key")),
    );
    if is_root {
        output(
            Command::new("chown")
                .arg("postgres")
                .arg(data.join("server.key")),
        );
    }
}

/// The newest that there is. Debian keeps them out of the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.unwrap().path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path).filter(|folder| folder.join("initdb").exists()));
    found.sort();
    let newest = found.pop();
    newest.expect(
        "PostgreSQL is missing. Install it: apt-get install postgresql, or scripts/setup --tests",
    )
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn argument(name: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(name);
    argument.push(path);
    argument
}

/// What a command printed, which must succeed.
fn output(command: &mut Command) -> String {
    let printed = command.stdin(Stdio::null()).current_dir("/").output();
    let printed = printed.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{command:?}: {errors}");
    String::from_utf8(printed.stdout).unwrap().trim().to_owned()
}

/// Ends the connections to a database and lets nobody in, or lets them in again.
#[allow(dead_code, reason = "the unit tests share this file")]
pub async fn refuse_connections(database: &str, refuse: bool) {
    let mut admin = PgConnection::connect(&url("postgres")).await.unwrap();
    let allow = format!("ALTER DATABASE {database} ALLOW_CONNECTIONS {}", !refuse);
    admin.execute(AssertSqlSafe(allow)).await.unwrap();
    if refuse {
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
        );
        admin.execute(AssertSqlSafe(end)).await.unwrap();
    }
}

/// How many there are to the database at this URL.
#[allow(dead_code, reason = "the unit tests share this file")]
pub async fn connections_to(database: &str) -> i64 {
    let name = database.split(['/', '?']).nth(3).unwrap();
    let mut admin = PgConnection::connect(&url("postgres")).await.unwrap();
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
    let count = sqlx::query_scalar(count).bind(name);
    count.fetch_one(&mut admin).await.unwrap()
}
