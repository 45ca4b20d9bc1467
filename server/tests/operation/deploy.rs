//! `deploy/`: its files fit one another, the guide, and the servers that they start.

use std::{collections::BTreeMap, fs, net::Ipv4Addr, path::Path};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Certificate;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::{
    connection,
    nginx::Nginx,
    person::{Person, location},
    port::free_port,
    postgres,
    provider::Provider,
    start,
    support::{Server, free_address},
};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const SERVERS: [&str; 2] = ["server1", "server2"];

type Values = BTreeMap<String, String>;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(REPOSITORY).join(path)).unwrap()
}

fn compose() -> Yaml {
    YamlLoader::load_from_str(&read("deploy/compose.yaml"))
        .unwrap()
        .remove(0)
}

/// The names and values of `okta.env.example`.
fn example() -> Values {
    let text = read("deploy/okta.env.example");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A setting of a service, also one that it shares with others (`<<`).
fn setting<'c>(compose: &'c Yaml, service: &str, name: &str) -> &'c Yaml {
    let service = &compose["services"][service];
    match &service[name] {
        Yaml::BadValue => &service["<<"][name],
        found => found,
    }
}

/// The environment of a service, with `${NAME:?…}` and `${NAME:-default}` filled in.
fn environment(compose: &Yaml, service: &str, values: &Values) -> Values {
    let environment = setting(compose, service, "environment").as_hash().unwrap();
    let pairs = environment.iter().map(|(name, value)| {
        (
            name.as_str().unwrap().to_owned(),
            filled_in(value.as_str().unwrap(), values),
        )
    });
    pairs.collect()
}

fn filled_in(text: &str, values: &Values) -> String {
    let Some((before, rest)) = text.split_once("${") else {
        return text.to_owned();
    };
    let (expression, after) = rest.split_once('}').unwrap();
    let (name, otherwise) = expression.split_once(':').unwrap();
    let value = match (values.get(name), otherwise.strip_prefix('-')) {
        (Some(value), _) => value,
        (None, Some(default)) => default,
        (None, None) => panic!("{name} is not in okta.env.example"),
    };
    format!("{before}{value}{}", filled_in(after, values))
}

#[test]
fn every_variable_is_in_the_guide() {
    let guide = read("docs/deploy.md");
    let compose = compose();
    let mut values = example();
    for service in SERVERS {
        values.extend(environment(&compose, service, &example()));
    }
    for name in values.keys() {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_file_that_is_named_exists() {
    let compose = compose();
    let deploy = Path::new(REPOSITORY).join("deploy");
    for service in SERVERS {
        let build = setting(&compose, service, "build");
        let context = deploy.join(build["context"].as_str().unwrap());
        assert!(
            context
                .join(build["dockerfile"].as_str().unwrap())
                .is_file()
        );
        assert!(context.join(".dockerignore").is_file());
    }
    let volumes = setting(&compose, "nginx", "volumes").as_vec().unwrap();
    for volume in volumes {
        let (ours, _) = volume.as_str().unwrap().split_once(':').unwrap();
        // The operator's own.
        assert!(ours == "./tls" || deploy.join(ours).is_file(), "{ours}");
    }
    let ignored = read(".gitignore");
    for secret in ["deploy/okta.env", "deploy/tls"] {
        assert!(ignored.lines().any(|line| line == secret), "{secret}");
    }
}

/// What is copied into the image is in the repository, or is what the build leaves there.
#[test]
fn the_image_is_made_of_what_there_is_and_is_not_root() {
    let containerfile = read("deploy/Containerfile");
    let build = read("scripts/build");
    assert!(containerfile.contains("RUN scripts/build --release") && build.contains("--release)"));
    let copied = containerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .map(|arguments| arguments.split(' ').collect::<Vec<_>>());
    for arguments in copied {
        match arguments[..] {
            [".", "."] => {}
            ["--from=build", source, _] => {
                let source = source.strip_prefix("/src/").unwrap();
                assert!(
                    ["target/release/server", "target/site"].contains(&source),
                    "{source}"
                );
            }
            _ => panic!("{arguments:?}"),
        }
    }
    let ignored = read(".dockerignore");
    for needed in ["scripts", "end2end/package.json", "Cargo.lock", "style"] {
        assert!(Path::new(REPOSITORY).join(needed).exists());
        assert!(!ignored.lines().any(|line| line == needed), "{needed}");
    }
    let last_stage = containerfile.rsplit("\nFROM ").next().unwrap();
    assert!(last_stage.contains("\nUSER 10001\n"));
    assert!(last_stage.contains("CMD [\"server\", \"health\"]"));
}

/// Both servers and nginx, as the files say.
struct Deployment {
    provider: Provider,
    nginx: Nginx,
    servers: Vec<Server>,
    folder: tempfile::TempDir,
    url: String,
}

impl Deployment {
    async fn start() -> Self {
        let https = free_port().await;
        let url = format!("https://localhost:{https}");
        let provider = Provider::start(&format!("{url}/authorization-code/callback")).await;
        let mut values = example();
        for (name, value) in [
            ("OKTA_BASE_URL", url.as_str()),
            ("OKTA_ENCRYPTION_KEY", KEY),
            ("POSTGRES_PASSWORD", postgres::PASSWORD),
        ] {
            *values.get_mut(name).unwrap() = value.to_owned();
        }
        let compose = compose();
        let nginx_inside = &compose["services"]["nginx"]["networks"]["inside"]["ipv4_address"];
        let database = environment(&compose, "database", &values);
        let expected_url = format!(
            "postgres://{}:{}@database/{}",
            database["POSTGRES_USER"], database["POSTGRES_PASSWORD"], database["POSTGRES_DB"]
        );

        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site/pkg");
        fs::create_dir_all(&site).unwrap();
        fs::write(site.join("leptos_okta.js"), "// packed").unwrap();
        let database = postgres::database().await;
        let mut addresses = Vec::new();
        let mut servers = Vec::new();
        for service in SERVERS {
            let mut environment = environment(&compose, service, &values);
            let address = free_address().await;
            // The network of the containers, for that of this machine.
            let mut replace = |name: &str, expected: &str, value: &str| {
                let former = environment.insert(name.to_owned(), value.to_owned());
                assert_eq!(former.as_deref(), Some(expected), "{name}");
            };
            replace("OKTA_DATABASE_URL", &expected_url, &database);
            replace(
                "OKTA_TRUSTED_PROXIES",
                nginx_inside.as_str().unwrap(),
                "127.0.0.1",
            );
            replace("METRICS_ADDR", "0.0.0.0:9100", &free_address().await);
            let mut variables: Vec<(&str, String)> = connection(&provider);
            variables.push(("LEPTOS_SITE_ADDR", address.clone()));
            variables.push(("LEPTOS_SITE_ROOT", "site".to_owned()));
            let others = environment.iter();
            variables.extend(others.map(|(name, value)| (name.as_str(), value.clone())));
            servers.push(start(&folder, &variables).await);
            addresses.push(address);
        }
        let nginx = Nginx::start([&addresses[0], &addresses[1]], https).await;
        Self {
            provider,
            nginx,
            servers,
            folder,
            url,
        }
    }

    /// At another address than nginx', and with a forged one before it.
    fn person(&self, address: Ipv4Addr) -> Person {
        let certificate = Certificate::from_pem(self.nginx.certificate.as_bytes()).unwrap();
        let forged = HeaderMap::from_iter([(
            header::HeaderName::from_static("x-forwarded-for"),
            HeaderValue::from_static("203.0.113.9"),
        )]);
        let nginx = (Ipv4Addr::LOCALHOST, self.nginx.https).into();
        Person::with(&self.url, |client| {
            client
                .add_root_certificate(certificate)
                .local_address(Some(address.into()))
                .resolve("localhost", nginx)
                .default_headers(forged)
        })
    }
}

#[tokio::test]
async fn people_sign_in_through_nginx_and_are_served_by_both_servers() {
    let deployment = Deployment::start().await;
    let address = Ipv4Addr::new(127, 0, 0, 2);
    let ada = deployment.person(address);
    let done = ada.sign_in().await;
    let cookies = done.headers().get_all(header::SET_COOKIE).iter();
    let session = cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("__Host-okta_session="))
        .unwrap();
    assert!(
        session.contains("; Secure") && session.contains("; HttpOnly"),
        "{session}"
    );
    assert_eq!(
        done.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    for _ in 0..6 {
        assert!(ada.is_signed_in().await);
    }
    for server in &deployment.servers {
        let upstream = server.url.strip_prefix("http://").unwrap();
        let nginx = &deployment.nginx;
        nginx.until_logged(|log| log.contains(upstream)).await;
    }

    let audit: Value = ada.get("/api/okta/audit").await.json().await.unwrap();
    let entry = &audit["entries"][0];
    assert_eq!(entry["event"], "signed_in");
    assert_eq!(entry["address"], address.to_string());
}

#[tokio::test]
async fn no_log_has_a_query_and_a_reference_leads_to_its_line() {
    let mut deployment = Deployment::start().await;
    let ada = deployment.person(Ipv4Addr::LOCALHOST);
    let callback = ada.to_provider().await;
    let query = callback.split_once('?').unwrap().1.to_owned();
    ada.get(&callback).await;
    let again = ada.get(&callback).await.text().await.unwrap();
    let reference = again.split_once("Reference <code>").unwrap().1;
    let reference = reference.split('<').next().unwrap();
    let is_it = |line: &str| line.contains(reference) && line.contains("/callback\" 400");
    let nginx = &deployment.nginx;
    nginx.until_logged(|log| log.lines().any(is_it)).await;
    let of_servers = fs::read_to_string(deployment.folder.path().join("log")).unwrap();
    assert!(of_servers.contains(reference));

    // Nor where no server answers, which nginx logs as an error.
    for server in &mut deployment.servers {
        server.child.kill().await.unwrap();
    }
    let failed = ada
        .get(&format!("/authorization-code/callback?{query}"))
        .await;
    assert_eq!(failed.status(), StatusCode::BAD_GATEWAY);
    let nginx = &deployment.nginx;
    nginx
        .until_logged(|log| log.contains("/authorization-code/callback\" 502"))
        .await;
    let logs = nginx.log("access") + &nginx.log("error") + &of_servers;
    for secret in ["code=", "state=", "code-1"] {
        assert!(!logs.contains(secret), "{secret}: {logs}");
    }
    assert_eq!(deployment.provider.asked("token"), 1);
}

#[tokio::test]
async fn what_nginx_adds_and_keeps_inside() {
    let deployment = Deployment::start().await;
    let ada = deployment.person(Ipv4Addr::LOCALHOST);
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            ada.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let plain = format!(
        "http://127.0.0.1:{}/login?return_to=/",
        deployment.nginx.http
    );
    let redirect = Person::at(&plain).get(&plain).await;
    assert_eq!(redirect.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(location(&redirect), "https://127.0.0.1/login?return_to=/");

    let script = ada.get("/pkg/leptos_okta.js").await;
    assert_eq!(script.status(), StatusCode::OK);
    let cache: Vec<_> = script
        .headers()
        .get_all(header::CACHE_CONTROL)
        .iter()
        .collect();
    assert_eq!(cache, ["no-cache"]);
    let modified = script.headers()[header::LAST_MODIFIED].clone();
    let again = ada.get_if_modified("/pkg/leptos_okta.js", modified).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}
