//! Measures the plugin and its peers, and writes down what came of it. docs/performance.md explains
//! it.

mod chart;
mod machine;
mod parts;
mod person;
mod report;
mod rounds;
mod site;
mod wrk;

use clap::{Parser, ValueEnum};

use crate::{parts::Part, report::Report, rounds::Rounds};

/// Measures the plugin and its peers on this machine.
#[derive(Parser)]
struct Arguments {
    /// What to measure. Everything, if nothing is named.
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Vec<Part>,
    /// How often each is measured under load.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long, each time.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Print only: leave docs/performance alone.
    #[arg(long)]
    try_out: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let rounds = Rounds {
        number: arguments.rounds,
        seconds: arguments.seconds,
    };
    let parts = match arguments.parts.as_slice() {
        [] => Part::value_variants(),
        named => named,
    };
    let mut report = Report::read()?;
    for part in parts {
        eprintln!("==> {}", part.name());
        let rows = part.measure(&rounds).await?;
        println!("\n{}", report::table(&rows));
        report.replace(part.name(), rows, &rounds);
        if !arguments.try_out {
            report.write()?;
        }
    }
    Ok(())
}
