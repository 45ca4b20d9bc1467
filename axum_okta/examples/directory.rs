//! An app that keeps rows of the people whom Okta provisions: `cargo run -p axum_okta --example directory`.
//!
//! Whoever is pushed takes one of three seats, in the transaction that stores them: both count, or
//! neither. A fourth person is refused, and Okta's console shows why. Teams are Okta's groups. This app
//! finds them out by following the changes since a cursor, which it stores together with what came
//! before it, so that each change counts once, whenever the app is stopped. So it also finds out about
//! people who were pushed before it had these functions.
//!
//! The rows are in the plugin's database, which the feature `transaction` is for. With a database of your
//! own, follow the changes for people, too.
//!
//! Connect an Okta app as in `hello.rs`. A `POST` to `/api/okta/connections/okta/provisioning/tokens`
//! creates a token for Okta.

use std::{error::Error, net::SocketAddr, time::Duration};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use axum_okta::{
    Okta, Setup,
    directory::{Change, Cursor, Directory, DirectoryError, Person, PersonChange},
    error::Refusal,
    require_auth,
    secrecy::ExposeSecret,
};
use sqlx::{
    SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

type Failure = Box<dyn Error + Send + Sync>;

const SEATS: i64 = 3;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS seat (person TEXT PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS team (id TEXT PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS teammate (
        team TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (team, person)
    );
    CREATE TABLE IF NOT EXISTS followed (id INTEGER PRIMARY KEY, cursor TEXT NOT NULL);
";

const BEGIN: &str = "BEGIN IMMEDIATE";

/// For somebody who is new, or changed, or active again.
async fn take_seat(change: PersonChange) -> Result<(), Refusal> {
    let person = change.person();
    if !person.is_active() {
        return Ok(());
    }
    let has_seat = change.before().is_some_and(Person::is_active);
    let transaction = change.transaction()?;
    sqlx::query(
        "INSERT INTO seat (person, name) VALUES ($1, $2)
         ON CONFLICT (person) DO UPDATE SET name = excluded.name",
    )
    .bind(person.id())
    .bind(person.display_name())
    .execute(&transaction)
    .await?;
    let taken: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM seat")
        .fetch_one(&transaction)
        .await?;
    if taken > SEATS && !has_seat {
        return Err(Refusal::new(
            "All seats are taken. Unassign somebody first.",
        ));
    }
    Ok(())
}

async fn leave_seat(change: PersonChange) -> Result<(), Refusal> {
    let transaction = change.transaction()?;
    sqlx::query("DELETE FROM seat WHERE person = $1")
        .bind(change.person().id())
        .execute(&transaction)
        .await?;
    Ok(())
}

/// Sets the rows to what a change says. It says what there is now, so some of it is there already.
async fn apply(own: &mut SqliteConnection, change: Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Person(person) => put_person(own, &person).await,
        Change::PersonDeleted { id, .. } => {
            for delete in [
                "DELETE FROM seat WHERE person = ?",
                "DELETE FROM teammate WHERE person = ?",
            ] {
                sqlx::query(delete).bind(&id).execute(&mut *own).await?;
            }
            Ok(())
        }
        Change::Group(group) => put_team(own, group.id(), group.name()).await,
        Change::GroupDeleted { id, .. } => {
            for delete in [
                "DELETE FROM team WHERE id = ?",
                "DELETE FROM teammate WHERE team = ?",
            ] {
                sqlx::query(delete).bind(&id).execute(&mut *own).await?;
            }
            Ok(())
        }
        Change::Member(one) => put_teammate(own, one.group(), one.person()).await,
        Change::MemberRemoved(one) => {
            let delete = sqlx::query("DELETE FROM teammate WHERE team = ? AND person = ?");
            let delete = delete.bind(one.group()).bind(one.person());
            delete.execute(own).await.map(drop)
        }
        // There is one connection, whose people stay.
        _ => Ok(()),
    }
}

async fn put_person(own: &mut SqliteConnection, person: &Person) -> Result<(), sqlx::Error> {
    let done = if person.is_active() {
        let put = sqlx::query("INSERT OR REPLACE INTO seat (person, name) VALUES (?, ?)");
        let put = put.bind(person.id()).bind(person.display_name());
        put.execute(own).await
    } else {
        let delete = sqlx::query("DELETE FROM seat WHERE person = ?");
        delete.bind(person.id()).execute(own).await
    };
    done.map(drop)
}

async fn put_team(own: &mut SqliteConnection, id: &str, name: &str) -> Result<(), sqlx::Error> {
    let put = sqlx::query("INSERT OR REPLACE INTO team (id, name) VALUES (?, ?)");
    put.bind(id).bind(name).execute(own).await.map(drop)
}

async fn put_teammate(
    own: &mut SqliteConnection,
    team: &str,
    person: &str,
) -> Result<(), sqlx::Error> {
    let put = sqlx::query("INSERT OR REPLACE INTO teammate (team, person) VALUES (?, ?)");
    put.bind(team).bind(person).execute(own).await.map(drop)
}

async fn put_cursor(own: &mut SqliteConnection, cursor: &Cursor) -> Result<(), sqlx::Error> {
    let put = sqlx::query("INSERT OR REPLACE INTO followed (id, cursor) VALUES (1, ?)");
    put.bind(cursor.as_str()).execute(own).await.map(drop)
}

/// For the first time, and whenever not all changes are known any more.
async fn read_everything(directory: &Directory, own: &SqlitePool) -> Result<Cursor, Failure> {
    // Before anything else, so that what changes meanwhile comes after it.
    let cursor = directory.cursor().await?;
    let mut rows = own.begin_with(BEGIN).await?;
    for delete in [
        "DELETE FROM seat",
        "DELETE FROM team",
        "DELETE FROM teammate",
    ] {
        sqlx::query(delete).execute(&mut *rows).await?;
    }
    let mut after: Option<String> = None;
    loop {
        let page = directory.people(after.as_deref()).await?;
        for person in page.items() {
            put_person(&mut rows, person).await?;
        }
        after = page.next().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    loop {
        let page = directory.groups(after.as_deref()).await?;
        for group in page.items() {
            put_team(&mut rows, group.id(), group.name()).await?;
        }
        after = page.next().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    loop {
        let page = directory.memberships(after.as_deref()).await?;
        for one in page.items() {
            put_teammate(&mut rows, one.group(), one.person()).await?;
        }
        after = page.next().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    put_cursor(&mut rows, &cursor).await?;
    rows.commit().await?;
    Ok(cursor)
}

async fn follow(directory: &Directory, own: &SqlitePool) -> Result<(), Failure> {
    let stored: Option<String> = sqlx::query_scalar("SELECT cursor FROM followed")
        .fetch_optional(own)
        .await?;
    let mut cursor = match stored {
        Some(stored) => Cursor::from(stored),
        None => read_everything(directory, own).await?,
    };
    loop {
        // SQLite lets nobody else write meanwhile, so a person stays as they are until that is stored.
        let mut rows = own.begin_with(BEGIN).await?;
        let changes = match directory.changes_since(&cursor).await {
            Ok(changes) => changes,
            Err(DirectoryError::ReadAgain) => {
                rows.rollback().await?;
                cursor = read_everything(directory, own).await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        cursor = changes.cursor().clone();
        for change in changes {
            apply(&mut rows, change).await?;
        }
        put_cursor(&mut rows, &cursor).await?;
        rows.commit().await?;
        directory.next_changes(&cursor).await?;
    }
}

/// Who has a seat, and who is in which team.
async fn home(State(own): State<SqlitePool>) -> Result<String, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let seats: Vec<String> = sqlx::query_scalar("SELECT name FROM seat ORDER BY name")
        .fetch_all(&own)
        .await
        .map_err(failed)?;
    let teams: Vec<(String, String)> = sqlx::query_as(
        "SELECT team.name, seat.name FROM teammate JOIN team ON team.id = teammate.team
         JOIN seat ON seat.person = teammate.person ORDER BY team.name, seat.name",
    )
    .fetch_all(&own)
    .await
    .map_err(failed)?;
    let teams = teams.iter().map(|(team, name)| format!("\n{team}: {name}"));
    Ok(format!(
        "Seats: {}{}",
        seats.join(", "),
        teams.collect::<String>()
    ))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;

    let okta = Okta::builder()
        .base_url(format!("http://127.0.0.1:{port}"))
        .allow_http_issuer(true)
        .on_person_created(take_seat)
        .on_person_updated(take_seat)
        .on_person_deactivated(leave_seat)
        .open()
        .await?;
    let database = SqliteConnectOptions::new()
        .filename("okta.db")
        .journal_mode(SqliteJournalMode::Wal);
    let own = SqlitePool::connect_with(database).await?;
    sqlx::raw_sql(TABLES).execute(&own).await?;

    let (directory, rows) = (okta.directory(), own.clone());
    tokio::spawn(async move {
        loop {
            if let Err(error) = follow(&directory, &rows).await {
                eprintln!("Teams can't be kept up to date: {error}");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });

    if let Setup::Code(code) = okta.prepare_setup().await? {
        println!("The setup code is {}", code.expose_secret());
    }
    let app = Router::new()
        .route("/", get(home).layer(require_auth()))
        .with_state(own);
    println!("Listening on {}", okta.base_url());
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
