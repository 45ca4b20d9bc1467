//! What can be measured, each by itself.

mod allocations;
mod elsewhere;
mod instructions;
mod languages;
mod misses;
mod monday;
mod profile;
mod routes;
mod sign_ins;
mod steps;
pub mod subjects;

use clap::ValueEnum;

use crate::{rounds::Rounds, table::Tables};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Routes beside the same route bare, under load.
    Routes,
    /// Guarded routes of other languages' servers beside unguarded ones, under load.
    Languages,
    /// Guarded requests of sessions that aren't in memory, under load.
    Misses,
    /// A sign-in, from `/login` to the page.
    SignIns,
    /// 10,000 people who sign in within a minute.
    Monday,
    /// Instructions a request, counted by callgrind.
    Instructions,
    /// Where those of a guarded request go.
    Profile,
    /// Allocations a request.
    Allocations,
    /// Steps of a request and of a sign-in, by criterion.
    Steps,
    /// A thousand, a hundred thousand, and a million sessions.
    Growth,
    /// A start template in Chromium, without the plugin and with it. Builds both.
    Page,
    /// What the plugin adds to the WebAssembly of an app. Builds it twice.
    Wasm,
    /// What the plugin adds to the crates and the build of an app. Builds it twice, from nothing.
    Build,
    /// 100,000 people and 2,000 groups that Okta pushes.
    Provisioning,
    /// One connection, and ten thousand.
    Organizations,
}

impl Part {
    /// What is measured if nothing is named: the rest takes long, because it builds whole apps or
    /// pushes very many people.
    pub const USUAL: &[Self] = &[
        Self::Routes,
        Self::Languages,
        Self::Misses,
        Self::SignIns,
        Self::Monday,
        Self::Instructions,
        Self::Profile,
        Self::Allocations,
        Self::Steps,
        Self::Growth,
    ];

    pub async fn measure(self, rounds: &Rounds) -> anyhow::Result<Tables> {
        let table = match self {
            Self::Routes => return routes::measure(rounds).await,
            Self::Languages => languages::measure(rounds).await?,
            Self::Misses => misses::measure(rounds).await?,
            Self::SignIns => sign_ins::measure(rounds).await?,
            Self::Monday => monday::measure().await?,
            Self::Instructions => instructions::measure().await?,
            Self::Profile => profile::measure().await?,
            Self::Allocations => allocations::measure().await?,
            Self::Steps => steps::measure().await?,
            Self::Growth => return elsewhere::bench("scale").await,
            Self::Page => return elsewhere::page(rounds).await,
            Self::Wasm => return elsewhere::weigh(&[]).await,
            Self::Build => return elsewhere::weigh(&["--server"]).await,
            Self::Provisioning => return elsewhere::bench("provisioning").await,
            Self::Organizations => return elsewhere::bench("organizations").await,
        };
        Ok(table.named(&self.name()))
    }

    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
