//! What nobody here wrote, and that demands of a SCIM server what the RFCs do: `scim2-tester` and
//! `scim-sanity`.

use super::Pushing;
use crate::harness::{program, said, table};

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

/// Describes the service, and reads the roles as what it describes. They are this app's to change, so
/// that the tester's other tests, which create and delete, are not about them.
const READ_ROLES: &str = "
import sys
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server
scim = SyncSCIMClient(Client(base_url=sys.argv[1], headers={'Authorization': 'Bearer ' + sys.argv[2]}))
for result in check_server(scim, include_tags={'discovery'}):
    if result.status.name != 'SKIPPED':
        print(result.status.name, result.title, result.reason)
for name in ['Role', 'Entitlement']:
    listed = scim.query(scim.provider.model_for(name))
    print(name, [one.display_name for one in listed.resources])
";

#[tokio::test]
async fn scim2_tester_reads_the_roles() {
    let okta = Pushing::on_sqlite().await;
    okta.admin.set_roles(&table(&[("Editors", "editor")])).await;
    let options = serde_json::json!({ "provisioned_roles": true });
    okta.set_provisioning(options).await;
    let mut python = program("python");
    let url = format!("{}/scim/v2/okta", okta.app.url);
    python.args(["-c", READ_ROLES, &url, &okta.token]);
    let (output, text) = said(python).await;
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("SUCCESS") && !text.contains("ERROR"),
        "{text}"
    );
    for name in ["Role", "Entitlement"] {
        assert!(text.contains(&format!("{name} ['editor']")), "{text}");
    }
}
