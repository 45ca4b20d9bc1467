//! What nobody here wrote, and that demands of a SCIM server what the RFCs do: `scim2-tester` and
//! `scim-sanity`.

use super::Pushing;
use crate::harness::{program, said};

#[tokio::test]
async fn scim_sanity_finds_nothing() {
    let okta = Pushing::on_sqlite().await;
    let mut probe = program("scim-sanity");
    probe
        .args(["probe", &format!("{}/scim/v2/okta", okta.app.url)])
        .args([
            "--token",
            &okta.token,
            "--i-accept-side-effects",
            "--strict",
        ]);
    let (output, text) = said(probe).await;
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("FAIL"), "{text}");
}

#[tokio::test]
async fn scim2_tester_finds_nothing() {
    let okta = Pushing::on_sqlite().await;
    let mut tester = program("scim2");
    tester
        .args(["--url", &format!("{}/scim/v2/okta", okta.app.url)])
        .env(
            "SCIM_CLI_HEADERS",
            format!("Authorization: Bearer {}", okta.token),
        )
        .arg("test");
    // Its status also tells what it skipped: searching by POST, which isn't offered.
    let (_, text) = said(tester).await;
    assert!(
        text.contains("SUCCESS") && !text.contains("ERROR"),
        "{text}"
    );
}
