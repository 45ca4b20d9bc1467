//! `server backup`

use std::os::unix::fs::PermissionsExt;

use crate::{
    company::{Company, start_at},
    support::command,
};

#[tokio::test]
async fn a_backup_made_while_people_sign_in_and_out_is_restored() {
    let mut company = Company::start().await;
    let cookies = company.with_sessions(1000).await;
    let ended = company.sign_in().await;
    company.sign_out(&ended).await;
    let busy = company.busy();
    let made = company.run(&["backup", "--to", "copy.db"]).await;
    let text = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "{text}");
    assert!(text.contains("okta.key"), "{text}");
    let later = company.sign_in().await;
    busy.stop().await;
    let copy = company.file("copy.db");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let key = company.key();
    let bytes = std::fs::read(&copy).unwrap();
    assert!(
        !bytes
            .windows(key.len())
            .any(|window| window == key.as_bytes())
    );

    // All of it is in the one file.
    company.server.stop().await;
    for name in ["okta.db", "okta.db-wal", "okta.db-shm"] {
        let _may_be_missing = std::fs::remove_file(company.file(name));
    }
    std::fs::copy(&copy, company.file("okta.db")).unwrap();
    let address = company
        .server
        .url
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    company.server = start_at(&address, company.folder.path(), &[]).await;
    assert_eq!(company.server.setup_code, "", "it has been set up");
    assert_eq!(company.signed_in(&cookies).await, cookies.len());
    assert_eq!(company.signed_in(&[company.cookie.clone()]).await, 1);
    assert_eq!(company.signed_in(&[ended, later]).await, 0);
    let again = company.sign_in().await;
    assert_eq!(company.signed_in(&[again]).await, 1);
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_behind() {
    let company = Company::start().await;
    std::fs::write(company.file("copy.db"), "precious").unwrap();
    for (to, words) in [
        ("copy.db", "exists already"),
        ("okta.db", "exists already"),
        ("missing/copy.db", "can't be written"),
    ] {
        let refused = company.run(&["backup", "--to", to]).await;
        assert!(!refused.status.success());
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(text.contains(words), "{text}");
    }
    let copy = std::fs::read_to_string(company.file("copy.db")).unwrap();
    assert_eq!(copy, "precious");
    assert!(
        company
            .run(&["backup", "--to", "other.db"])
            .await
            .status
            .success()
    );
    let files = std::fs::read_dir(company.folder.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.retain(|name| !name.starts_with("okta."));
    names.sort();
    assert_eq!(names, ["copy.db", "other.db"]);
}

#[tokio::test]
async fn a_damaged_database_and_a_missing_one_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for words in ["there is no database at", "couldn't be copied"] {
        let arguments = ["backup", "--to", "copy.db"];
        let refused = command(folder.path())
            .args(arguments)
            .output()
            .await
            .unwrap();
        assert!(!refused.status.success());
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(text.contains(words), "{text}");
        assert!(!folder.path().join("copy.db").exists());
        std::fs::write(folder.path().join("okta.db"), "not a database".repeat(100)).unwrap();
    }
}
