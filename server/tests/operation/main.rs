//! The built server as its operators see it: health, metrics, how it stops, and `deploy/`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../../../axum_okta/tests/http/harness/certificate.rs"]
mod certificate;
mod deploy;
mod deployment;
mod health;
mod metrics;
mod nginx;
mod person;
#[allow(dead_code, reason = "axum_okta's own tests use the rest")]
#[path = "../../../axum_okta/tests/http/harness/port.rs"]
mod port;
#[allow(dead_code, reason = "axum_okta's own tests use the rest")]
#[path = "../../../axum_okta/tests/http/harness/postgres.rs"]
mod postgres;
#[allow(
    dead_code,
    unused_imports,
    reason = "axum_okta's own tests use the rest"
)]
#[path = "../../../axum_okta/tests/http/harness/provider/mod.rs"]
mod provider;
mod shutdown;
mod site;
#[allow(dead_code, reason = "the other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;
mod tokens;

use tempfile::TempDir;

use crate::{
    person::Person,
    provider::{CLIENT_ID, CLIENT_SECRET, Provider},
    support::{Server, free_address, start_logging_to},
};

/// A server that is connected to a provider, and can be started again.
struct Connected {
    provider: Provider,
    address: String,
    folder: TempDir,
    server: Server,
    variables: Vec<(&'static str, String)>,
}

impl Connected {
    async fn start(more: &[(&'static str, &str)]) -> Self {
        let address = free_address().await;
        let callback = format!("http://{address}/authorization-code/callback");
        let provider = Provider::start(&callback).await;
        let mut variables = connection(&provider);
        variables.push(("LEPTOS_SITE_ADDR", address.clone()));
        variables.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let folder = tempfile::tempdir().unwrap();
        let server = start(&folder, &variables).await;
        Self {
            provider,
            address,
            folder,
            server,
            variables,
        }
    }

    async fn start_again(&mut self) {
        self.server = start(&self.folder, &self.variables).await;
    }

    fn person(&self) -> Person {
        Person::at(&format!("http://{}", self.address))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// The variables that connect a server to this provider.
fn connection(provider: &Provider) -> Vec<(&'static str, String)> {
    vec![
        ("OKTA_CLIENT_ID", CLIENT_ID.to_owned()),
        ("OKTA_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("OKTA_ISSUER_URI", provider.issuer.clone()),
        ("OKTA_ALLOW_HTTP_ISSUER", "true".to_owned()),
        ("OKTA_ADMIN_GROUP", "Engineering".to_owned()),
    ]
}

async fn start(folder: &TempDir, variables: &[(&str, String)]) -> Server {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .unwrap();
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    start_logging_to(log.into(), folder.path(), &variables).await
}
