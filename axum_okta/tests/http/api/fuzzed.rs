//! The API against its own description, by `schemathesis`: whatever is sent, nothing fails, and every
//! answer is as described.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use super::Program;
use crate::{
    harness::{App, program, said},
    organizations::Market,
};

/// The parts of the description, a run each: a token is good for 600 requests a minute.
const PARTS: [&[&str]; 3] = [
    &["Connections"],
    &["Branding", "Domains", "Provisioning", "Setup links"],
    &[
        "Admins",
        "Audit trail",
        "Description",
        "Identity",
        "Own sessions",
        "Roles",
        "Sessions",
        "Setup",
        "Tokens",
    ],
];
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    unsupported_method";

async fn holds(tags: &[&str]) {
    let market = Market::open().await;
    market.verify("acme", "acme.com").await;
    let Program { token, .. } = Program::of_whole_app(&market.app, &market.admin).await;
    let restarted = market.app.restart_with(|builder| {
        // Issuers that are made up lead nowhere.
        let builder = builder.okta_timeout(Duration::from_millis(100));
        builder.txt_records(async |_| Ok(Vec::new()))
    });
    let app = restarted.await;
    let folder = tempfile::tempdir().unwrap();
    let mut fuzzer = program("schemathesis");
    fuzzer
        .current_dir(folder.path())
        .args(["run", &format!("{}/api/okta/openapi.json", app.url)])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", CHECKS, "--phases", "coverage,fuzzing"])
        .args(["--max-examples", "3", "--generation-deterministic"])
        .args(["--continue-on-failure", "--no-color"]);
    for tag in tags {
        fuzzer.args(["--include-tag", tag]);
    }
    let (output, text) = said(fuzzer).await;
    assert!(output.status.success(), "{text}");
    let tried = text.lines().find_map(|line| {
        let (tried, _) = line.trim().split_once(" generated, ")?;
        tried.parse::<u32>().ok()
    });
    assert!(tried.is_some_and(|tried| tried > 100), "{text}");
    let program = Program::new(&app, token);
    let audit = program.get("/api/okta/audit").await;
    assert_eq!(audit.status(), 200, "the limit was not what answered");
}

#[tokio::test]
async fn the_description_of_connections_holds() {
    holds(PARTS[0]).await;
}

#[tokio::test]
async fn the_description_of_what_each_connection_has_holds() {
    holds(PARTS[1]).await;
}

#[tokio::test]
async fn the_description_of_the_rest_holds() {
    holds(PARTS[2]).await;
}

#[tokio::test]
async fn every_part_of_the_description_is_tried() {
    let app = App::start().await;
    let description: Value = app.browser().json("/api/okta/openapi.json").await;
    let paths = description["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let tags = operations.map(|operation| operation["tags"][0].as_str().unwrap());
    let tried: BTreeSet<&str> = PARTS.concat().into_iter().collect();
    assert_eq!(tags.collect::<BTreeSet<_>>(), tried);
}
