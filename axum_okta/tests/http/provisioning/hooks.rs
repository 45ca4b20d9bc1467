//! The app's own code for people who are created, changed, deactivated, or deleted, in the transaction in
//! which they are.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum_okta::{
    OktaBuilder,
    directory::{Change, PersonChange, PersonChangeKind, TransactionOver},
    error::Refusal,
};
use futures::FutureExt;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Row};
use tokio::sync::{mpsc::unbounded_channel, watch};

use super::{Answer, Database, GROUP, PATCH_OP, PROVISIONING, Pushing, ada, person, with_both};
use crate::{
    harness::{self, Log, UnderWay, table},
    servers::eventually,
};

with_both! {
    the_app_is_asked_about_everybody_and_sees_what_becomes_of_them
    what_the_app_writes_in_the_transaction_counts_if_the_change_does
    what_the_app_refuses_is_not_stored_and_okta_is_told_why
    a_hook_that_fails_or_panics_stores_nothing_and_tells_only_the_log_why
    a_hook_that_hangs_is_given_up_and_others_go_on
    nothing_that_the_app_does_prevents_a_deactivation
    nothing_that_the_app_does_prevents_a_deletion
    a_hook_that_keeps_the_transaction_keeps_nothing_of_the_database
    what_a_hook_has_not_waited_for_is_not_stored
    a_transaction_is_over_when_the_change_is
    a_deactivation_counts_although_okta_hangs_up
    nothing_that_the_app_does_prevents_another_external_id
    nothing_that_the_app_does_prevents_that_somebody_is_created_deactivated
}

/// What the app was asked: what becomes of whom, their title before and after, and whether they will be
/// active.
type Seen = (PersonChangeKind, String, [Value; 2], bool);

fn seen(change: &PersonChange) -> Seen {
    let title = |person: &axum_okta::directory::Person| person.attributes().get("title").cloned();
    let person = change.person();
    let titles = [
        change.before().and_then(title).unwrap_or_default(),
        title(person).unwrap_or_default(),
    ];
    let name = person.user_name().to_owned();
    (change.kind(), name, titles, person.is_active())
}

/// The same function for all that can become of a person.
fn hooked<R>(
    builder: OktaBuilder,
    hook: impl Fn(PersonChange) -> R + Clone + Send + Sync + 'static,
) -> OktaBuilder
where
    R: Future<Output = Result<(), Refusal>> + Send + 'static,
{
    builder
        .on_person_created(hook.clone())
        .on_person_updated(hook.clone())
        .on_person_deactivated(hook)
}

impl Pushing {
    async fn activate(&self, id: &str, active: bool) -> Answer {
        let operations = json!([{ "op": "replace", "value": { "active": active } }]);
        self.patch(&format!("/Users/{id}"), operations).await
    }

    /// Whether Okta finds somebody of this name.
    async fn has(&self, name: &str) -> bool {
        let found = self.find("Users", &format!("userName eq \"{name}\"")).await;
        found.body["totalResults"] == 1
    }

    /// The newest details in the log of requests, which is written after the answer.
    async fn logged_details(&self) -> Value {
        let path = format!("{PROVISIONING}/requests");
        loop {
            let page: Value = self.admin.json(&path).await;
            let mut requests = page["requests"].as_array().unwrap().iter();
            if let Some(found) = requests.find(|request| request["detail"].is_string()) {
                return found["detail"].clone();
            }
            tokio::task::yield_now().await;
        }
    }
}

async fn the_app_is_asked_about_everybody_and_sees_what_becomes_of_them(database: Database) {
    let all = Arc::new(Mutex::new(Vec::new()));
    let noted = all.clone();
    let (okta, _) = database
        .pushing(|builder| {
            let noted = noted.clone();
            hooked(builder, move |change| {
                noted.lock().unwrap().push(seen(&change));
                async { Ok(()) }
            })
        })
        .await;
    let id = okta.create("/Users", ada()).await.id();
    let path = format!("/Users/{id}");
    let title = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    okta.patched(&path, title.clone()).await;
    okta.patched(&path, title).await;
    okta.activate(&id, false).await;
    okta.activate(&id, true).await;
    let members = json!([{ "value": id }]);
    let group = json!({ "schemas": [GROUP], "displayName": "Editors", "members": members });
    okta.create("/Groups", group).await;
    okta.send(Method::DELETE, &path, Value::Null).await;

    use PersonChangeKind::{Created, Deactivated, Deleted, Updated};
    let name = || "ada@example.com".to_owned();
    let (none, countess) = (|| Value::Null, || json!("Countess"));
    let expected = [
        (Created, name(), [none(), none()], true),
        (Updated, name(), [none(), countess()], true),
        (Deactivated, name(), [countess(), countess()], false),
        (Updated, name(), [countess(), countess()], true),
        (Deleted, name(), [countess(), countess()], false),
    ];
    assert_eq!(*all.lock().unwrap(), expected);
}

/// The app's own table, in the plugin's database.
async fn own_table(url: &str) -> AnyConnection {
    let mut database = AnyConnection::connect(url).await.unwrap();
    sqlx::query("CREATE TABLE seat (person TEXT PRIMARY KEY, name TEXT NOT NULL)")
        .execute(&mut database)
        .await
        .unwrap();
    database
}

async fn seats(database: &mut AnyConnection) -> Vec<String> {
    let rows = sqlx::query("SELECT name FROM seat ORDER BY name")
        .fetch_all(database)
        .await;
    let rows = rows.unwrap();
    rows.iter().map(|row| row.get("name")).collect()
}

async fn leave_seat(gone: PersonChange) -> Result<(), Refusal> {
    let transaction = gone.transaction()?;
    sqlx::query("DELETE FROM seat WHERE person = $1")
        .bind(gone.person().id())
        .execute(&transaction)
        .await?;
    Ok(())
}

async fn take_seat(change: &PersonChange) -> Result<(), Refusal> {
    let transaction = change.transaction()?;
    sqlx::query("INSERT INTO seat (person, name) VALUES ($1, $2)")
        .bind(change.person().id())
        .bind(change.person().user_name())
        .execute(&transaction)
        .await?;
    Ok(())
}

async fn what_the_app_writes_in_the_transaction_counts_if_the_change_does(database: Database) {
    let (okta, url) = database
        .pushing(|builder| {
            builder
                .on_person_created(async |created| {
                    take_seat(&created).await?;
                    let transaction = created.transaction()?;
                    let row = sqlx::query("SELECT COUNT(*) AS taken FROM seat");
                    let row = row.fetch_one(&transaction).await?;
                    match row.try_get::<i64, _>("taken")? {
                        ..=2 => Ok(()),
                        _ => Err(Refusal::new("All seats are taken.")),
                    }
                })
                .on_person_deactivated(leave_seat)
        })
        .await;
    let mut own = own_table(&url).await;
    let id = okta.create("/Users", person("a", "00u1")).await.id();
    okta.create("/Users", person("b", "00u2")).await;
    let third = || okta.send(Method::POST, "/Users", person("c", "00u3"));
    let refused = third().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["detail"], "All seats are taken.");
    assert_eq!(seats(&mut own).await, ["a", "b"]);
    assert!(!okta.has("c").await);

    okta.activate(&id, false).await;
    assert_eq!(seats(&mut own).await, ["b"]);
    assert_eq!(third().await.status, StatusCode::CREATED);
    assert_eq!(seats(&mut own).await, ["b", "c"]);
}

async fn what_the_app_refuses_is_not_stored_and_okta_is_told_why(database: Database) {
    let refuses = Arc::new(AtomicBool::new(false));
    let (okta, _) = database
        .pushing(|builder| {
            let refuses = refuses.clone();
            hooked(builder, move |change| {
                let refuses = refuses.load(Ordering::SeqCst);
                async move {
                    match refuses {
                        true => Err(Refusal::new(format!(
                            "Ask Grace about {}.",
                            change.person().user_name()
                        ))),
                        false => Ok(()),
                    }
                }
            })
        })
        .await;
    let cursor = okta.app.okta.directory().cursor().await.unwrap();
    refuses.store(true, Ordering::SeqCst);
    let refused = okta.send(Method::POST, "/Users", ada()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["detail"], "Ask Grace about ada@example.com.");
    assert_eq!(refused.body["status"], "403");
    assert!(!okta.has("ada@example.com").await);
    assert_eq!(
        okta.logged_details().await,
        "Ask Grace about ada@example.com."
    );
    // What wasn't stored never happened.
    let changes = okta.app.okta.directory().changes_since(&cursor).await;
    assert!(changes.unwrap().changes().is_empty());

    refuses.store(false, Ordering::SeqCst);
    let id = okta.create("/Users", ada()).await.id();
    refuses.store(true, Ordering::SeqCst);
    let title = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    let refused = okta.patch(&format!("/Users/{id}"), title).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let stored = okta.get(&format!("/Users/{id}")).await;
    assert_eq!(stored.body["title"], Value::Null);
}

async fn a_hook_that_fails_or_panics_stores_nothing_and_tells_only_the_log_why(database: Database) {
    let (okta, _) = database
        .pushing(|builder| {
            builder.on_person_created(async |created| {
                assert_ne!(created.person().user_name(), "panics", "on purpose");
                let _number: u8 = "a row that is none".parse()?;
                Ok(())
            })
        })
        .await;
    for (name, why) in [("fails", "invalid digit"), ("panics", "panicked")] {
        let log = Log::default();
        let _listening = log.listen("axum_okta=error");
        let failed = okta.send(Method::POST, "/Users", person(name, name)).await;
        assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{name}");
        assert!(failed.headers.contains_key(header::RETRY_AFTER));
        let detail = failed.body["detail"].as_str().unwrap();
        assert!(
            detail.contains("Try again") && !detail.contains(why),
            "{detail}"
        );
        let text = log.text();
        assert!(
            text.contains(why) && text.contains("on_person_created"),
            "{text}"
        );
        assert!(!okta.has(name).await);
    }
}

async fn a_hook_that_hangs_is_given_up_and_others_go_on(database: Database) {
    let (begun, mut started) = watch::channel(false);
    let (okta, _) = database
        .pushing(|builder| {
            let begun = begun.clone();
            builder.on_person_created(move |created| {
                let begun = begun.clone();
                async move {
                    if created.person().user_name() == "hangs" {
                        begun.send_replace(true);
                        pending::<()>().await;
                    }
                    Ok(())
                }
            })
        })
        .await;
    let hangs = okta.send(Method::POST, "/Users", person("hangs", "00u1"));
    let roles = table(&[("Engineering", "editor")]);
    let others = async {
        started.wait_for(|begun| *begun).await.unwrap();
        // An admin's change waits for it where the database has one writer, and is stored.
        let changed = okta.admin.set_roles(&roles).await;
        assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    };
    let (hung, ()) = tokio::join!(hangs, others);
    assert_eq!(hung.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!okta.has("hangs").await);
    okta.create("/Users", ada()).await;
}

/// Ways in which an app's code can go wrong.
async fn wrong(way: &'static str, change: PersonChange) -> Result<(), Refusal> {
    match way {
        "refuses" => Err(Refusal::new("Not now.")),
        "fails" => Ok("no number".parse::<u8>().map(drop)?),
        "panics" => panic!("on purpose"),
        "hangs" => pending().await,
        "spoils the transaction" => {
            let transaction = change.transaction()?;
            let spoilt = sqlx::query("SELECT nothing FROM nowhere");
            // PostgreSQL commits nothing after an error.
            assert!(spoilt.execute(&transaction).await.is_err());
            Ok(())
        }
        "keeps the transaction" => {
            let transaction = change.transaction()?;
            tokio::spawn(async move {
                pending::<()>().await;
                drop(transaction);
            });
            Ok(())
        }
        way => panic!("{way}"),
    }
}

const WAYS: [&str; 6] = [
    "refuses",
    "fails",
    "panics",
    "hangs",
    "spoils the transaction",
    "keeps the transaction",
];

async fn nothing_that_the_app_does_prevents_a_deactivation(database: Database) {
    let way = Arc::new(Mutex::new(WAYS[0]));
    let (okta, _) = database
        .pushing(|builder| {
            let way = way.clone();
            builder.on_person_deactivated(move |gone| wrong(*way.lock().unwrap(), gone))
        })
        .await;
    let id = okta.create("/Users", ada()).await.id();
    for one in WAYS {
        *way.lock().unwrap() = one;
        okta.activate(&id, true).await;
        let browser = okta.app.signed_in(&okta.provider, harness::ada()).await;
        let cursor = okta.app.okta.directory().cursor().await.unwrap();
        let gone = okta.activate(&id, false).await;
        assert_eq!(gone.status, StatusCode::OK, "{one}: {}", gone.body);
        assert_eq!(gone.body["active"], false);
        assert!(!browser.is_signed_in().await, "{one}");
        let again = okta.app.browser().sign_in("/").await;
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "{one}");
        // The app finds out by the changes.
        let changes = okta.app.okta.directory().changes_since(&cursor).await;
        let changes = changes.unwrap();
        assert!(
            matches!(changes.changes(), [Change::Person(person)] if !person.is_active()),
            "{one}: {changes:?}"
        );
    }
    let detail = okta.logged_details().await;
    assert!(
        detail.as_str().unwrap().contains("on_person_deactivated"),
        "{detail}"
    );
}

async fn nothing_that_the_app_does_prevents_a_deletion(database: Database) {
    let way = Arc::new(Mutex::new(""));
    let (okta, _) = database
        .pushing(|builder| {
            let way = way.clone();
            builder.on_person_deactivated(move |gone| wrong(*way.lock().unwrap(), gone))
        })
        .await;
    for one in ["refuses", "spoils the transaction"] {
        *way.lock().unwrap() = one;
        let id = okta.create("/Users", ada()).await.id();
        let browser = okta.app.signed_in(&okta.provider, harness::ada()).await;
        let path = format!("/Users/{id}");
        let gone = okta.send(Method::DELETE, &path, Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{one}");
        assert!(!browser.is_signed_in().await, "{one}");
        let again = okta.app.browser().sign_in("/").await;
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "{one}");
    }
}

async fn a_hook_that_keeps_the_transaction_keeps_nothing_of_the_database(database: Database) {
    let (tell, mut told) = unbounded_channel();
    let (okta, url) = database
        .pushing(|builder| {
            let tell = tell.clone();
            builder.on_person_created(move |created| {
                let tell = tell.clone();
                async move {
                    take_seat(&created).await?;
                    tell.send(created.transaction()?)?;
                    Ok(())
                }
            })
        })
        .await;
    let mut own = own_table(&url).await;
    let id = okta.create("/Users", ada()).await.id();
    let kept = told.recv().await.unwrap();
    // What it wrote in time counts, and nobody waits for it.
    let title = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
    okta.patched(&format!("/Users/{id}"), title).await;
    let late = sqlx::query("DELETE FROM seat").execute(&kept).await;
    let late = late.unwrap_err().to_string();
    assert!(late.contains("the change is over"), "{late}");
    assert_eq!(seats(&mut own).await, ["ada@example.com"]);
}

/// Takes a while on either database.
const LONG: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) \
                    SELECT COUNT(*) AS many FROM n";

async fn what_a_hook_has_not_waited_for_is_not_stored(database: Database) {
    let (okta, url) = database
        .pushing(|builder| {
            builder.on_person_created(async |created| {
                take_seat(&created).await?;
                if created.person().user_name() == "hurries" {
                    let transaction = created.transaction()?;
                    let mut long = sqlx::query(LONG).fetch_all(&transaction).boxed();
                    assert!((&mut long).now_or_never().is_none());
                    // So that it is begun.
                    tokio::task::yield_now().await;
                }
                Ok(())
            })
        })
        .await;
    let mut own = own_table(&url).await;
    let hurries = okta
        .send(Method::POST, "/Users", person("hurries", "00u1"))
        .await;
    assert_eq!(hurries.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!okta.has("hurries").await);
    okta.create("/Users", ada()).await;
    assert_eq!(seats(&mut own).await, ["ada@example.com"]);
}

async fn a_transaction_is_over_when_the_change_is(database: Database) {
    let (tell, mut told) = unbounded_channel();
    let (okta, _) = database
        .pushing(|builder| {
            let tell = tell.clone();
            builder.on_person_created(move |created| {
                let told = tell.send(created);
                async move { Ok(told.map_err(|_| std::fmt::Error)?) }
            })
        })
        .await;
    okta.create("/Users", ada()).await;
    let created: PersonChange = told.recv().await.unwrap();
    let over = created.transaction();
    assert!(matches!(over, Err(TransactionOver { .. })), "{over:?}");
}

async fn a_deactivation_counts_although_okta_hangs_up(database: Database) {
    let (begun, mut started) = watch::channel(false);
    let (go, gone_on) = watch::channel(false);
    let (okta, _) = database
        .pushing(|builder| {
            let (begun, gone_on) = (begun.clone(), gone_on.clone());
            builder.on_person_deactivated(move |_| {
                let (begun, mut gone_on) = (begun.clone(), gone_on.clone());
                async move {
                    begun.send_replace(true);
                    gone_on.wait_for(|go| *go).await?;
                    Ok(())
                }
            })
        })
        .await;
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let browser = okta.signed_in_as_ada().await;
    assert!(browser.is_signed_in().await);
    let operations = json!([{ "op": "replace", "value": { "active": false } }]);
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations }).to_string();
    let what = format!("PATCH /scim/v2/okta{path}");
    let bearer = format!("Bearer {}", okta.token);
    let header = ("authorization", &*bearer);
    let mut request = UnderWay::begin(&okta.app, &what, header, &body).await;
    request.send_body().await;
    started.wait_for(|begun| *begun).await.unwrap();
    drop(request);
    // By the time that another request is answered, the server has seen that this one is gone.
    assert_eq!(okta.get(&path).await.body["active"], true);
    go.send_replace(true);
    eventually("she is inactive", async || {
        okta.get(&path).await.body["active"] == false
    })
    .await;
    eventually("she is signed out", async || !browser.is_signed_in().await).await;
}

async fn nothing_that_the_app_does_prevents_another_external_id(database: Database) {
    for way in ["refuses", "panics"] {
        let (okta, _) = database
            .pushing(|builder| builder.on_person_updated(move |changed| wrong(way, changed)))
            .await;
        let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
        let browser = okta.signed_in_as_ada().await;
        let change = json!([{ "op": "replace", "path": "externalId", "value": "00u9other" }]);
        okta.patched(&path, change).await;
        assert!(!browser.is_signed_in().await, "{way}");
        let noted = okta.noted(&path).await;
        assert!(noted.contains("on_person_updated"), "{noted}");
        // Of somebody who stays as they are, it is the app's to decide.
        let title = json!([{ "op": "replace", "path": "title", "value": "Countess" }]);
        assert!(!okta.patch(&path, title).await.status.is_success(), "{way}");
    }
}

async fn nothing_that_the_app_does_prevents_that_somebody_is_created_deactivated(
    database: Database,
) {
    for way in ["refuses", "panics"] {
        let (okta, _) = database
            .pushing(|builder| builder.on_person_created(move |created| wrong(way, created)))
            .await;
        let browser = okta.signed_in_as_ada().await;
        assert!(browser.is_signed_in().await);
        let mut gone = ada();
        gone["active"] = json!(false);
        okta.create("/Users", gone).await;
        assert!(!browser.is_signed_in().await, "{way}");
        let noted = okta.noted("/Users").await;
        assert!(noted.contains("on_person_created"), "{noted}");
        let active = person("grace@example.com", "00u2");
        let refused = okta.send(Method::POST, "/Users", active).await;
        assert!(!refused.status.is_success(), "{way}");
    }
}

/// Whoever is to number changes, and can't at once, gives up as if they had waited in vain.
const NO_PATIENCE: [&str; 2] = [
    "CREATE FUNCTION no_patience() RETURNS trigger LANGUAGE plpgsql AS \
     'BEGIN SET LOCAL lock_timeout = 1; RETURN NULL; END'",
    "CREATE TRIGGER no_patience BEFORE UPDATE ON okta_scim_position FOR EACH STATEMENT \
     EXECUTE FUNCTION no_patience()",
];

/// Then Okta sends the same again, and the app has its part. With SQLite, nobody is asked before it is the
/// change's turn.
#[tokio::test]
async fn a_database_that_is_busy_leaves_no_app_out() {
    let (okta, url) = Database::Postgres
        .pushing(|builder| {
            builder
                .on_person_created(async |created| take_seat(&created).await)
                .on_person_deactivated(leave_seat)
        })
        .await;
    let mut own = own_table(&url).await;
    let id = okta.create("/Users", ada()).await.id();
    for statement in NO_PATIENCE {
        sqlx::query(statement).execute(&mut own).await.unwrap();
    }
    let mut busy = own.begin().await.unwrap();
    sqlx::query("UPDATE okta_scim_position SET newest = newest WHERE id = 1")
        .execute(&mut *busy)
        .await
        .unwrap();
    let unavailable = okta.activate(&id, false).await;
    assert_eq!(unavailable.status, StatusCode::SERVICE_UNAVAILABLE);
    busy.rollback().await.unwrap();
    assert_eq!(seats(&mut own).await, ["ada@example.com"]);
    assert_eq!(okta.get(&format!("/Users/{id}")).await.body["active"], true);
    assert_eq!(okta.activate(&id, false).await.status, StatusCode::OK);
    assert!(seats(&mut own).await.is_empty());
}
