//! A client that was generated from the description drives the API: `openapi-python-client` makes
//! it, and `client.py` uses it.

use serde_json::Value;

use super::Program;
use crate::{
    harness::{CLIENT_ID, CLIENT_SECRET, Provider, program, said},
    organizations::Market,
};

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/api/client.py");
/// What it generates is for this test alone, so nobody formats it.
const CONFIGURATION: &str = "post_hooks: []\n";

#[tokio::test]
async fn a_client_that_was_generated_from_the_description_drives_the_api() {
    let market = Market::open().await;
    let gamma = Provider::start(&format!("{}/gamma", market.app.callback())).await;
    let token = Program::of_whole_app(&market.app, &market.admin)
        .await
        .token;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let description: Value = market.app.browser().json("/api/okta/openapi.json").await;
    std::fs::write(file("openapi.json"), description.to_string()).unwrap();
    std::fs::write(file("configuration.yaml"), CONFIGURATION).unwrap();
    let mut generator = program("openapi-python-client");
    generator
        .args(["generate", "--meta", "none", "--fail-on-warning"])
        .arg("--path")
        .arg(file("openapi.json"))
        .arg("--config")
        .arg(file("configuration.yaml"))
        .arg("--output-path")
        .arg(file("settings_client"));
    let (output, text) = said(generator).await;
    assert!(output.status.success(), "{text}");

    let mut driver = program("python3");
    driver
        .args(["-B", DRIVER, &market.app.url, &token])
        .args([&gamma.issuer, CLIENT_ID, CLIENT_SECRET])
        .env("PYTHONPATH", folder.path());
    let (output, text) = said(driver).await;
    assert!(output.status.success(), "{text}");
    let audit = market.admin.audit().await;
    let entries = audit.as_array().unwrap().iter();
    let by_client = entries.filter(|entry| entry["actor"]["name"] == "A program");
    assert!(by_client.count() > 5, "{audit}");
}
