//! What is measured, running: each app in a process of its own, and one stand-in for Okta.

use std::{fs, net::TcpStream, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, bail};
use bench::{
    apps::{App, GUARDED, SIGN_IN, okta::SETUP_CODE},
    harness::{
        browser::Browser,
        form::form,
        port::free_port,
        postgres,
        provider::{Provider, ada},
    },
};
use reqwest::Client;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::person::{Person, client};

const GROUPS: usize = 10_000;
/// How long anything may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Site {
    pub provider: Provider,
    pub client: Client,
    pub folder: TempDir,
}

/// Stops when it is dropped.
pub struct Running {
    child: Child,
    pub url: String,
    pub database: String,
}

/// The plugin, connected.
pub struct Connected {
    pub running: Running,
    /// Of somebody with a few groups, and of somebody with very many.
    pub cookie: String,
    pub cookie_of_many_groups: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Site {
    pub async fn start() -> anyhow::Result<Self> {
        Ok(Self {
            provider: Provider::start("http://127.0.0.1/unused").await,
            client: client()?,
            folder: tempfile::tempdir()?,
        })
    }

    pub async fn serve(&self, app: App) -> anyhow::Result<Running> {
        let file = self.folder.path().join(format!("{}.db", app.name()));
        let database = format!("sqlite:{}", file.display());
        self.serve_on(app, database).await
    }

    pub async fn serve_on(&self, app: App, database: String) -> anyhow::Result<Running> {
        let listen = format!("127.0.0.1:{}", free_port().await);
        let url = format!("http://{listen}");
        self.register(&format!("{url}{GUARDED}"));
        self.register(&format!("{url}/authorization-code/callback"));
        let mut serve = Command::new(beside("serve")?);
        serve.args([&app.name(), "--listen", &listen, "--url", &url]);
        serve.args(["--database", &database, "--issuer", &self.provider.issuer]);
        Running::start(serve, url, database).await
    }

    /// Lets the provider send people back there.
    pub fn register(&self, redirect_uri: &str) {
        let mut provider = self.provider.now();
        provider.redirect_uris.push(redirect_uri.to_owned());
    }

    /// The plugin, in either way to apply it.
    pub async fn connected(&self, app: App, database: Database) -> anyhow::Result<Connected> {
        let running = match database {
            Database::Sqlite => self.serve(app).await?,
            Database::Postgres => self.serve_on(app, postgres::database().await).await?,
        };
        let admin = Browser::new(&running.url);
        admin.enter_setup_code(SETUP_CODE).await;
        let connected = admin.connect(&form(&self.provider)).await;
        anyhow::ensure!(
            connected.status().is_success(),
            "{}",
            connected.text().await?
        );
        let start = format!("{}{GUARDED}", running.url);
        let cookie = self.sign_in(&start).await?;
        let groups: Vec<String> = (0..GROUPS).map(|group| format!("Group {group}")).collect();
        self.provider.now().person["groups"] = json!(groups);
        let cookie_of_many_groups = self.sign_in(&start).await?;
        self.provider.now().person = ada();
        Ok(Connected {
            running,
            cookie,
            cookie_of_many_groups,
        })
    }

    /// Goes to a page and through the sign-in; returns what is sent to the page from then on.
    pub async fn sign_in(&self, page: &str) -> anyhow::Result<String> {
        let mut person = Person::new(&self.client);
        person.follow(page).await?;
        person
            .cookie(page)?
            .with_context(|| format!("no cookie was set by {page}"))
    }

    /// The same, where the app has a route that signs anybody in.
    pub async fn sign_in_at(&self, running: &Running) -> anyhow::Result<String> {
        self.sign_in(&format!("{}{SIGN_IN}", running.url)).await
    }
}

impl Running {
    pub async fn start(
        mut command: Command,
        url: String,
        database: String,
    ) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        let mut running = Self {
            child,
            url,
            database,
        };
        let address = running.url.trim_start_matches("http://").to_owned();
        let begun = std::time::Instant::now();
        while TcpStream::connect(&address).is_err() {
            if let Some(status) = running.child.try_wait()? {
                bail!("{command:?} ended with {status}");
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "{command:?} doesn't listen");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(running)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.terminate();
        self.child.wait().await?;
        Ok(())
    }

    /// Apache ends its children only if it is asked to end.
    fn terminate(&self) {
        if let Some(id) = self.child.id() {
            let asked = std::process::Command::new("kill")
                .arg(id.to_string())
                .status();
            drop(asked);
        }
    }

    /// Of memory that it holds, in MiB.
    pub fn mebibytes(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.context("no VmRSS")?.trim().trim_end_matches(" kB");
        Ok(kibibytes.parse::<f64>()? / 1024.0)
    }

    /// That it has spent so far.
    pub fn processor_seconds(&self) -> anyhow::Result<f64> {
        processor_seconds(self.process()?)
    }

    pub fn process(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    fn proc(&self, file: &str) -> anyhow::Result<PathBuf> {
        Ok(PathBuf::from(format!("/proc/{}/{file}", self.process()?)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.terminate();
    }
}

/// That a process has spent so far, of all processors together, the kernel's part included. The kernel
/// counts hundredths.
pub fn processor_seconds(process: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("no such process")?;
    let spent = fields.split_whitespace().skip(11).take(2);
    let spent: Result<Vec<f64>, _> = spent.map(str::parse).collect();
    Ok(spent?.iter().sum::<f64>() / 100.0)
}

/// Another program of this package.
pub fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    Ok(here.with_file_name(name))
}
