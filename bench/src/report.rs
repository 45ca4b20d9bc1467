//! What was measured, for programs and for people: `results.json`, the charts beside it, and the
//! tables in the guides.

use std::{collections::BTreeMap, fs, io::ErrorKind, time::Duration};

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    chart,
    machine::{self, Machine},
    rounds::Rounds,
    table::Table,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance");
const GUIDES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy.md"),
];

/// Each table, from the last time that it was measured.
pub struct Report(BTreeMap<String, Measured>);

#[derive(Serialize, Deserialize)]
struct Measured {
    command: String,
    date: String,
    /// How long it took, with whatever else its part measured.
    seconds: u64,
    machine: Machine,
    versions: BTreeMap<String, String>,
    #[serde(flatten)]
    table: Table,
}

impl Report {
    pub fn read() -> anyhow::Result<Self> {
        match fs::read(format!("{FOLDER}/results.json")) {
            Ok(json) => Ok(Self(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self(BTreeMap::new())),
            Err(error) => Err(error.into()),
        }
    }

    pub fn replace(
        &mut self,
        part: &str,
        name: String,
        table: Table,
        rounds: &Rounds,
        took: Duration,
    ) {
        let measured = Measured {
            command: format!("bench/run --parts {part}{}", rounds.arguments()),
            date: OffsetDateTime::now_utc().date().to_string(),
            seconds: took.as_secs(),
            machine: machine::described(),
            versions: machine::versions(),
            table,
        };
        self.0.insert(name, measured);
    }

    pub fn write(&self) -> anyhow::Result<()> {
        fs::create_dir_all(FOLDER)?;
        let json = serde_json::to_string_pretty(&self.0)?;
        fs::write(format!("{FOLDER}/results.json"), json + "\n")?;
        let table = |name: &str| self.0.get(name).map(|measured| &measured.table);
        if let Some(routes) = table("routes") {
            let drawing = chart::ratios(routes, table("languages"));
            fs::write(format!("{FOLDER}/ratios.svg"), drawing)?;
        }
        if let Some(growth) = table("growth") {
            fs::write(format!("{FOLDER}/growth.svg"), chart::growth(growth))?;
        }
        let mut tables: Vec<_> = self
            .0
            .iter()
            .map(|(name, it)| (name.as_str(), it.markdown(name)))
            .collect();
        if let Some(newest) = self.0.values().max_by_key(|measured| &measured.date) {
            tables.push(("machine", newest.measured_on()));
        }
        let mut guides = Vec::new();
        for guide in GUIDES {
            guides.push(fs::read_to_string(guide)?);
        }
        for (name, table) in tables {
            let filled = guides.iter_mut().any(|guide| fill_in(guide, name, &table));
            ensure!(filled, "no guide has a place for the table “{name}”");
        }
        for (guide, content) in GUIDES.iter().zip(guides) {
            fs::write(guide, content)?;
        }
        Ok(())
    }
}

impl Measured {
    fn markdown(&self, name: &str) -> String {
        let (table, command, date) = (self.table.markdown(), &self.command, &self.date);
        let chart = match name {
            "routes" => "![The ratios of the tables, as bars](performance/ratios.svg)\n\n",
            "growth" => "![The table below, as lines](performance/growth.svg)\n\n",
            _ => "",
        };
        format!(
            "{chart}{table}\n`{command}`, {date}, {} seconds.\n",
            self.seconds
        )
    }

    fn measured_on(&self) -> String {
        let mut table = Table::new(&["What", "Which"]);
        for (what, which) in self.machine.named() {
            table.row([what.into(), which.into()]);
        }
        for (what, which) in &self.versions {
            table.row([what.clone().into(), which.clone().into()]);
        }
        table.markdown()
    }
}

/// Puts it between the two comments that name it, if the guide has them.
fn fill_in(guide: &mut String, name: &str, table: &str) -> bool {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let Some((before, rest)) = guide.split_once(&begin) else {
        return false;
    };
    let Some((_, after)) = rest.split_once(&end) else {
        return false;
    };
    *guide = format!("{before}{begin}\n{table}\n{end}{after}");
    true
}

#[cfg(test)]
mod tests {
    use super::fill_in;

    #[test]
    fn a_table_replaces_the_one_of_its_name_only() {
        let places = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n";
        let mut guide = places.to_owned();
        assert!(fill_in(&mut guide, "x", "new\n"));
        let expected = "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n";
        assert_eq!(guide, expected);
        assert!(!fill_in(&mut guide, "z", ""));
        assert_eq!(guide, expected);
    }
}
