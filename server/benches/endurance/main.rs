//! Several built servers behind nginx on a PostgreSQL of their own, with people who sign in, read
//! guarded pages and sign out all the time: `faults` breaks one part after another meanwhile, and
//! `soak` goes on for long while Okta fails at random. Not part of the tests, because it takes
//! minutes. Run it with `make faults` and `make soak`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, reason = "axum_okta's own tests use the rest")]
#[path = "../../../axum_okta/tests/http/harness/certificate.rs"]
mod certificate;
mod crowd;
mod fault;
mod faults;
#[allow(dead_code, reason = "axum_okta's own tests use the rest")]
#[path = "../../../axum_okta/tests/http/harness/nginx.rs"]
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
#[path = "../../../axum_okta/tests/http/harness/redis.rs"]
mod redis;
mod report;
mod site;
mod soak;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/support/mod.rs"]
mod support;
mod tally;
#[allow(dead_code, reason = "axum_okta's own tests use the rest")]
#[path = "../../../axum_okta/tests/http/harness/wire.rs"]
mod wire;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::site::SessionsIn;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// How many people there are.
    #[arg(long, default_value_t = 24, global = true)]
    people: usize,
    /// What `cargo bench` passes to every program.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum What {
    /// Breaks one part after another.
    Faults {
        /// Where the servers keep sessions.
        #[arg(long, value_enum, default_value_t)]
        sessions: SessionsIn,
    },
    /// Goes on for long while Okta fails at random.
    Soak {
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_right = match arguments.what {
        What::Faults { sessions } => faults::run(arguments.people, sessions).await,
        What::Soak { minutes } => soak::run(arguments.people, minutes).await,
    };
    match is_right {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
