//! The servers and nginx that the files of `deploy/` start.

use std::{fs, net::Ipv4Addr};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Certificate;
use serde_json::Value;

use crate::{
    connection,
    deploy::{SERVERS, compose, environment, example},
    nginx::Nginx,
    person::{Person, location},
    port::free_port,
    postgres,
    provider::Provider,
    site::{KEPT_FOR_GOOD, make_site, packed},
    start,
    support::{Server, free_address},
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

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
        let database = postgres::database().await;
        let mut addresses = Vec::new();
        let mut servers = Vec::new();
        for service in SERVERS {
            // Of two builds, as while one server after the other is replaced.
            make_site(&folder.path().join(service), &format!("// of {service}"));
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
            variables.push(("LEPTOS_SITE_ROOT", service.to_owned()));
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
}

#[tokio::test]
async fn pages_of_both_builds_find_their_files_while_servers_are_replaced() {
    let mut deployment = Deployment::start().await;
    let ada = deployment.person(Ipv4Addr::LOCALHOST);
    let mut loaded = Vec::new();
    for service in SERVERS {
        let script = packed(&deployment.folder.path().join(service), ".js").remove(0);
        let path = format!("/pkg/{script}");
        // nginx asks for each of these, the servers in turn.
        for encoding in ["identity", "gzip", "br"] {
            let script = ada.load(&path, header::ACCEPT_ENCODING, encoding).await;
            assert_eq!(script.status(), StatusCode::OK, "{service}, {encoding}");
            let headers = script.headers();
            let cache: Vec<_> = headers.get_all(header::CACHE_CONTROL).iter().collect();
            assert_eq!(cache, [KEPT_FOR_GOOD]);
            assert!(headers.contains_key("strict-transport-security"));
        }
        loaded.push(path);
    }
    let nowhere = ada.get("/pkg/leptos_okta.AAAAAAAAAAAAAAAAAAAAAA.js").await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    assert_eq!(nowhere.headers()[header::CACHE_CONTROL], "no-cache");

    // What it has had once, it has without any server.
    for server in &mut deployment.servers {
        server.stop().await;
    }
    for path in loaded {
        let script = ada.load(&path, header::ACCEPT_ENCODING, "br").await;
        assert_eq!(script.status(), StatusCode::OK);
        assert_eq!(script.headers()[header::CONTENT_ENCODING], "br");
    }
}
