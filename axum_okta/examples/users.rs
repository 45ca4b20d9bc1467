//! An app with a users table of its own: `cargo run -p axum_okta --example users`.
//!
//! A row is made, or brought up to date, whenever somebody signs in. It is found by issuer and
//! subject, which never change and are never given to somebody else; email addresses are. Admins
//! close an account with a `POST` to `/users/1/close`: its owner is refused with words, at once and
//! when they sign in again.
//!
//! Connect an Okta app as in `hello.rs`, and map Okta's groups to roles as in `roles.rs`.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    routing::{get, post},
};
use axum_okta::{Identity, Okta, Setup, error::Refusal, require_auth, secrecy::ExposeSecret};
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};

const CLOSED: &str = "Your account is closed. Ask the help desk to open it again.";

/// What may be done in this app, by the roles that an admin gives on the settings page.
#[derive(Debug)]
enum Role {
    Editor,
    Author,
    Reader,
}

impl Role {
    fn of(identity: &Identity) -> Self {
        if identity.has_role("editor") {
            Self::Editor
        } else if identity.has_role("author") {
            Self::Author
        } else {
            Self::Reader
        }
    }
}

/// Whoever is signed in, as this app knows them.
struct User {
    id: i64,
    name: String,
    role: Role,
}

impl FromRequestParts<SqlitePool> for User {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(
        parts: &mut Parts,
        users: &SqlitePool,
    ) -> Result<Self, Self::Rejection> {
        let identity = Identity::from_request_parts(parts, users)
            .await
            .map_err(|_| (StatusCode::UNAUTHORIZED, "Sign in first."))?;
        let (id, closed): (i64, bool) =
            sqlx::query_as("SELECT id, closed FROM users WHERE issuer = ? AND subject = ?")
                .bind(&identity.issuer)
                .bind(&identity.subject)
                .fetch_one(users)
                .await
                .map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, "Try again later."))?;
        if closed {
            return Err((StatusCode::FORBIDDEN, CLOSED));
        }
        Ok(Self {
            id,
            name: identity.display_name().to_owned(),
            role: Role::of(&identity),
        })
    }
}

/// Makes the row, or brings it up to date. Nothing changes if it is called twice.
async fn remember(users: SqlitePool, identity: Identity) -> Result<(), Refusal> {
    let closed: bool = sqlx::query_scalar(
        "INSERT INTO users (issuer, subject, name) VALUES (?, ?, ?)
         ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name
         RETURNING closed",
    )
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(identity.display_name())
    .fetch_one(&users)
    .await?;
    if closed {
        return Err(Refusal::new(CLOSED));
    }
    Ok(())
}

async fn account(user: User) -> String {
    format!("User {}: {}, {:?}", user.id, user.name, user.role)
}

async fn close(State(users): State<SqlitePool>, Path(id): Path<i64>) -> StatusCode {
    let closed = sqlx::query("UPDATE users SET closed = TRUE WHERE id = ?")
        .bind(id)
        .execute(&users)
        .await;
    match closed {
        Ok(done) if done.rows_affected() == 1 => StatusCode::NO_CONTENT,
        Ok(_) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;

    let database = SqliteConnectOptions::new()
        .filename("users.db")
        .create_if_missing(true);
    let users = SqlitePool::connect_with(database).await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS users (
             id INTEGER PRIMARY KEY,
             issuer TEXT NOT NULL,
             subject TEXT NOT NULL,
             name TEXT NOT NULL,
             closed BOOLEAN NOT NULL DEFAULT FALSE,
             UNIQUE (issuer, subject)
         )",
    )
    .execute(&users)
    .await?;

    let known = users.clone();
    let okta = Okta::builder()
        .base_url(format!("http://127.0.0.1:{port}"))
        .allow_http_issuer(true)
        .on_signed_in(move |identity| remember(known.clone(), identity))
        .open()
        .await?;
    if let Setup::Code(code) = okta.prepare_setup().await? {
        println!("The setup code is {}", code.expose_secret());
    }
    let app = Router::new()
        .route("/", get(account).layer(require_auth()))
        .route(
            "/users/{id}/close",
            post(close).layer(require_auth().role("admin")),
        )
        .with_state(users);
    println!("Listening on {}", okta.base_url());
    let app = okta
        .add_to(app)?
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
