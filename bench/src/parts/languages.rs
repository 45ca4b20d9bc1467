//! Servers of other languages: their guarded route beside their own unguarded one, because the
//! servers themselves differ.

use std::{fs, path::Path};

use bench::{
    apps::{App, GUARDED, HELLO, PUBLIC},
    harness::{
        port::free_port,
        provider::{Authentication, CLIENT_ID, CLIENT_SECRET},
    },
};
use tokio::process::Command;

use crate::{
    parts::routes::check,
    rounds::{Pair, Rounds},
    site::{Database, Running, Site},
    table::Table,
    wrk::Target,
};

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Table> {
    let site = Site::start().await?;
    let okta = site.connected(App::Okta, Database::Sqlite).await?;
    let apache = apache(&site).await?;
    let express = express(&site).await?;
    let in_apache = site.sign_in(&format!("{}{GUARDED}", apache.url)).await?;
    // It encodes more of the secret in the other way than the stand-in compares.
    site.provider.now().authentication = Authentication::Post;
    let in_express = site.sign_in(&format!("{}{GUARDED}", express.url)).await?;
    let pairs = [
        pair("this plugin, axum", &okta.running, &okta.cookie),
        pair("mod_auth_openidc, Apache", &apache, &in_apache),
        pair("express-openid-connect, Express", &express, &in_express),
    ];
    check(&site, &pairs).await?;
    rounds.measure(&pairs).await
}

fn pair(name: &str, running: &Running, cookie: &str) -> Pair {
    let target = |path: &str| Target {
        url: format!("{}{path}", running.url),
        cookie: Some(cookie.to_owned()),
        page: false,
        process: None,
    };
    Pair {
        name: name.to_owned(),
        target: target(GUARDED),
        baseline: target(PUBLIC),
    }
}

const MODULES: &str = "/usr/lib/apache2/modules";

/// With the modules that it needs and no others, sessions in shared memory, and the two routes as
/// files.
async fn apache(site: &Site) -> anyhow::Result<Running> {
    let folder = site.folder.path().join("apache");
    let files = folder.join("files");
    fs::create_dir_all(&files)?;
    for path in [PUBLIC, GUARDED] {
        fs::write(files.join(path.trim_start_matches('/')), HELLO)?;
    }
    let port = free_port().await;
    let url = format!("http://127.0.0.1:{port}");
    site.register(&format!("{url}/callback"));
    let config = folder.join("apache.conf");
    fs::write(&config, configuration(site, &folder, port))?;
    // Its children are somebody else, if it is root.
    open_to_all(site.folder.path())?;
    let mut apache = Command::new("/usr/sbin/apache2");
    apache.arg("-f").arg(&config).arg("-DFOREGROUND");
    Running::start(apache, url, String::new()).await
}

fn configuration(site: &Site, folder: &Path, port: u16) -> String {
    let modules = [
        "mpm_event",
        "authz_core",
        "authn_core",
        "authz_user",
        "auth_openidc",
    ];
    let modules: String = modules
        .iter()
        .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
        .collect();
    let (folder, issuer) = (folder.display(), &site.provider.issuer);
    format!(
        r#"{modules}
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
LogLevel warn
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot {folder}/files
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {CLIENT_ID}
OIDCClientSecret {CLIENT_SECRET}
OIDCRedirectURI http://127.0.0.1:{port}/callback
OIDCCryptoPassphrase a-passphrase-for-benchmarks
OIDCPKCEMethod S256
<Location {GUARDED}>
    AuthType openid-connect
    Require valid-user
</Location>
<Location /callback>
    AuthType openid-connect
    Require valid-user
</Location>
"#
    )
}

fn open_to_all(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(
        folder,
        fs::Permissions::from_mode(0o755),
    )?)
}

async fn express(site: &Site) -> anyhow::Result<Running> {
    let port = free_port().await;
    let url = format!("http://127.0.0.1:{port}");
    site.register(&format!("{url}/callback"));
    let mut node = Command::new("node");
    node.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/express.mjs"));
    node.env("NODE_ENV", "production");
    node.args([
        &port.to_string(),
        &site.provider.issuer,
        CLIENT_ID,
        CLIENT_SECRET,
    ]);
    Running::start(node, url, String::new()).await
}
