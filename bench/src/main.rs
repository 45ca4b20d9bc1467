//! Measures the plugin and its peers, and writes down what came of it. docs/performance.md explains
//! it.

mod callgrind;
mod chart;
mod machine;
mod parts;
mod person;
mod report;
mod rounds;
mod sign_in;
mod site;
mod table;
mod wrk;

use std::time::Instant;

use clap::Parser;

use crate::{parts::Part, report::Report, rounds::Rounds};

/// Measures the plugin and its peers on this machine, and writes the results to docs/performance.
#[derive(Parser)]
struct Arguments {
    /// What to measure. Without this, the first ten.
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Vec<Part>,
    #[command(flatten)]
    rounds: Rounds,
    /// Print only: leave docs/performance alone.
    #[arg(long)]
    try_out: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let parts = match arguments.parts.as_slice() {
        [] => Part::USUAL,
        named => named,
    };
    let mut report = Report::read()?;
    let all = Instant::now();
    for (number, part) in parts.iter().enumerate() {
        let name = part.name();
        eprintln!("==> {name} ({} of {})", number + 1, parts.len());
        let begun = Instant::now();
        let tables = part.measure(&arguments.rounds).await?;
        let took = begun.elapsed();
        for (table, content) in tables {
            println!("\n{table}\n\n{}", content.markdown());
            report.replace(&name, table, content, &arguments.rounds, took);
        }
        eprintln!("{name}: {} seconds", took.as_secs());
        if !arguments.try_out {
            report.write()?;
        }
    }
    eprintln!("all: {} seconds", all.elapsed().as_secs());
    Ok(())
}
