//! The connections as a file.

use std::{path::Path, process::Output};

use tempfile::TempDir;

use crate::support::command;

const FILE: &str = "\
connections:
- name: acme
  issuer: https://acme.okta.com
  client_id: 0oa1
  client_secret: the secret of acme
  claims: [department]
  domains:
  - name: acme.com
    verified: true
";

async fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().await.unwrap()
}

fn text(output: &Output) -> String {
    let text = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn write(folder: &TempDir, content: &str) {
    std::fs::write(folder.path().join("okta.yaml"), content).unwrap();
}

#[tokio::test]
async fn a_file_is_applied_and_exported_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(&folder, &FILE.replace("the secret of acme", "secret"));
    let planned = run(here, &["apply", "--dry-run", "okta.yaml"]).await;
    assert!(planned.status.success(), "{}", text(&planned));
    let line = "+ acme: issuer https://acme.okta.com, client ID 0oa1, domains: acme.com (verified)";
    assert!(text(&planned).contains(line), "{}", text(&planned));
    assert!(text(&planned).contains("1 to change, 0 unchanged."));
    for expected in ["1 changed, 0 unchanged.", "0 changed, 1 unchanged."] {
        let applied = run(here, &["apply", "okta.yaml"]).await;
        assert!(text(&applied).contains(expected), "{}", text(&applied));
    }
    let exported = run(here, &["export"]).await;
    let without_secrets = String::from_utf8(exported.stdout).unwrap();
    assert!(!without_secrets.contains("client_secret"));
    assert!(without_secrets.contains("- department"));
    let exported = run(here, &["export", "--secrets"]).await;
    let with_secrets = String::from_utf8(exported.stdout).unwrap();
    assert!(with_secrets.contains("client_secret: secret"));

    write(&folder, "connections: []");
    let pruned = run(here, &["apply", "--prune", "okta.yaml"]).await;
    assert!(text(&pruned).contains("- acme: https://acme.okta.com"));
    write(&folder, &with_secrets);
    run(here, &["apply", "okta.yaml"]).await;
    let again = run(here, &["export", "--secrets"]).await;
    assert_eq!(String::from_utf8(again.stdout).unwrap(), with_secrets);
}

#[tokio::test]
async fn a_file_with_an_error_says_where_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (content, expected) in [
        (
            FILE.replace("claims", "clams"),
            "acme, clams: There is no such field.",
        ),
        (
            FILE.to_owned(),
            "acme, client_secret: The client secret contains spaces",
        ),
        ("connections: [".to_owned(), "okta.yaml isn't YAML"),
        ("- acme".to_owned(), "The file"),
    ] {
        write(&folder, &content);
        let refused = run(folder.path(), &["apply", "okta.yaml"]).await;
        assert!(!refused.status.success());
        assert!(text(&refused).contains(expected), "{}", text(&refused));
        assert!(!text(&refused).contains("the secret of acme"));
    }
    let missing = run(folder.path(), &["apply", "nothing.yaml"]).await;
    assert!(text(&missing).contains("nothing.yaml can't be read"));
    let exported = run(folder.path(), &["export"]).await;
    assert_eq!(
        String::from_utf8(exported.stdout).unwrap(),
        "connections: []\n"
    );
}
