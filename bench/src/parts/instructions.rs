//! Instructions a request.

use indicatif::ProgressBar;
use serde_json::json;

use super::subjects::{Bare, subjects};
use crate::{callgrind, rounds::rounded, site::Site, table::Table};

pub async fn measure() -> anyhow::Result<Table> {
    let site = Site::start().await?;
    let subjects = subjects(&site).await?;
    let progress = ProgressBar::new(subjects.len() as u64);
    let mut table = Table::new(&["Route", "Instructions", "Above axum alone"]);
    let mut bare = Bare::default();
    for (number, subject) in subjects.iter().enumerate() {
        progress.println(subject.name);
        // A profile for each row, in their order.
        let each = callgrind::request(subject, &number.to_string())
            .await?
            .total;
        table.row([
            json!(subject.name),
            rounded(each, 0),
            rounded(bare.above(subject, each), 0),
        ]);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(table)
}
