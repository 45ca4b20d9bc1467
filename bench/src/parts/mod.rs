//! What can be measured, each by itself.

mod allocations;
mod in_process;
mod instructions;
mod languages;
mod misses;
mod page;
mod routes;
mod sign_in;
mod steps;

use clap::ValueEnum;
use serde_json::Value;

use crate::rounds::Rounds;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Routes beside the same route bare, under load.
    Routes,
    /// Guarded routes of other languages' servers beside unguarded ones, under load.
    Languages,
    /// Guarded requests of sessions that aren't in memory, under load.
    Misses,
    /// A sign-in, from `/login` to the page.
    SignIn,
    /// Instructions a request, counted by callgrind.
    Instructions,
    /// Allocations a request.
    Allocations,
    /// Steps of a request and of a sign-in, by criterion.
    Steps,
    /// A page of the reference app in Chromium. Needs `scripts/build --release`.
    Page,
}

impl Part {
    /// One row for each thing that was measured.
    pub async fn measure(self, rounds: &Rounds) -> anyhow::Result<Vec<Value>> {
        match self {
            Self::Routes => routes::measure(rounds).await,
            Self::Languages => languages::measure(rounds).await,
            Self::Misses => misses::measure(rounds).await,
            Self::SignIn => sign_in::measure(rounds).await,
            Self::Instructions => instructions::measure().await,
            Self::Allocations => allocations::measure().await,
            Self::Steps => steps::measure().await,
            Self::Page => page::measure(rounds).await,
        }
    }

    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
