//! What is counted and measured, for a recorder of the [`metrics`] facade if the app installed one.
//! docs/deploy.md lists the same names for operators.
//!
//! No label says who somebody is or where they come from: its values are those of an enum.

mod labels;

use std::time::{Duration, Instant};

use metrics::{
    Counter, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use strum::VariantNames;

use labels::{CacheResult, Connection, Stored};
pub(crate) use labels::{Ended, Limit, Outcome, ProviderRequest, Refused};

const SIGN_INS: &str = "okta_sign_ins_total";
const SIGN_INS_REFUSED: &str = "okta_sign_ins_refused_total";
const SESSIONS_ENDED: &str = "okta_sessions_ended_total";
const SESSION_CACHE: &str = "okta_session_cache_total";
const RATE_LIMITED: &str = "okta_rate_limited_total";
const PROVIDER_REQUEST: &str = "okta_provider_request_duration_seconds";
const API_REQUESTS_LEFT: &str = "okta_api_requests_left";
const SESSION_READ: &str = "okta_session_read_duration_seconds";
const CHANGE_WAIT: &str = "okta_change_wait_duration_seconds";
const CHANGE: &str = "okta_change_duration_seconds";
const CONNECTIONS: &str = "okta_database_connections";

enum Kind {
    Counter,
    Gauge,
    Histogram,
}

struct Metric {
    name: &'static str,
    kind: Kind,
    /// Its labels, and what each can be.
    #[cfg_attr(not(test), allow(dead_code, reason = "compared with the guide"))]
    labels: &'static [(&'static str, &'static [&'static str])],
    about: &'static str,
}

const ALL: [Metric; 11] = [
    Metric {
        name: SIGN_INS,
        kind: Kind::Counter,
        labels: &[],
        about: "Sign-ins that started a session",
    },
    Metric {
        name: SIGN_INS_REFUSED,
        kind: Kind::Counter,
        labels: &[("reason", Refused::VARIANTS)],
        about: "Sign-ins that ended on an error page",
    },
    Metric {
        name: SESSIONS_ENDED,
        kind: Kind::Counter,
        labels: &[("cause", Ended::VARIANTS)],
        about: "Sessions that ended",
    },
    Metric {
        name: SESSION_CACHE,
        kind: Kind::Counter,
        labels: &[("result", CacheResult::VARIANTS)],
        about: "Requests with a session cookie, by whether the person was found in memory",
    },
    Metric {
        name: RATE_LIMITED,
        kind: Kind::Counter,
        labels: &[("limit", Limit::VARIANTS)],
        about: "Requests refused because too many came from one address",
    },
    Metric {
        name: PROVIDER_REQUEST,
        kind: Kind::Histogram,
        labels: &[
            ("request", ProviderRequest::VARIANTS),
            ("outcome", Outcome::VARIANTS),
        ],
        about: "Requests to Okta, with their response",
    },
    Metric {
        name: API_REQUESTS_LEFT,
        kind: Kind::Gauge,
        labels: &[],
        about: "Requests that Okta's API allows until its limit resets, as its last response said",
    },
    Metric {
        name: SESSION_READ,
        kind: Kind::Histogram,
        labels: &[],
        about: "Reading a session, with the wait for a connection",
    },
    Metric {
        name: CHANGE_WAIT,
        kind: Kind::Histogram,
        labels: &[],
        about: "How long a change of the database waited for those before it and for a connection",
    },
    Metric {
        name: CHANGE,
        kind: Kind::Histogram,
        labels: &[("outcome", Stored::VARIANTS)],
        about: "Changes of the database from their beginning, after that wait, to their end",
    },
    Metric {
        name: CONNECTIONS,
        kind: Kind::Gauge,
        labels: &[("state", Connection::VARIANTS)],
        about: "Connections to the database, when a change last began",
    },
];

/// Tells the recorder what they mean.
pub(crate) fn describe() {
    for Metric {
        name, kind, about, ..
    } in ALL
    {
        match kind {
            Kind::Counter => describe_counter!(name, Unit::Count, about),
            Kind::Gauge => describe_gauge!(name, Unit::Count, about),
            Kind::Histogram => describe_histogram!(name, Unit::Seconds, about),
        }
    }
}

pub(crate) fn signed_in() {
    counter!(SIGN_INS).increment(1);
}

pub(crate) fn refused(reason: Refused) {
    counter!(SIGN_INS_REFUSED, "reason" => <&str>::from(reason)).increment(1);
}

pub(crate) fn ended(cause: Ended, sessions: u64) {
    counter!(SESSIONS_ENDED, "cause" => <&str>::from(cause)).increment(sessions);
}

pub(crate) fn rate_limited(limit: Limit) {
    counter!(RATE_LIMITED, "limit" => <&str>::from(limit)).increment(1);
}

pub(crate) fn provider_request(request: ProviderRequest, outcome: Outcome, took: Duration) {
    let (request, outcome) = (<&str>::from(request), <&str>::from(outcome));
    histogram!(PROVIDER_REQUEST, "request" => request, "outcome" => outcome).record(took);
}

pub(crate) fn api_requests_left(requests: u32) {
    gauge!(API_REQUESTS_LEFT).set(requests);
}

pub(crate) fn session_read(took: Duration) {
    histogram!(SESSION_READ).record(took);
}

pub(crate) fn change_waited(since: Instant) {
    histogram!(CHANGE_WAIT).record(since.elapsed());
}

pub(crate) fn changed(since: Instant, is_stored: bool) {
    let outcome = match is_stored {
        true => Stored::Stored,
        false => Stored::Abandoned,
    };
    histogram!(CHANGE, "outcome" => <&str>::from(outcome)).record(since.elapsed());
}

pub(crate) fn connections(pool: &sqlx::AnyPool) {
    let (all, idle) = (f64::from(pool.size()), pool.num_idle() as f64);
    gauge!(CONNECTIONS, "state" => <&str>::from(Connection::InUse)).set((all - idle).max(0.0));
    gauge!(CONNECTIONS, "state" => <&str>::from(Connection::Idle)).set(idle);
}

/// Counts on every request, and so looks its counters up once.
pub(crate) struct CacheCounters {
    hits: Counter,
    misses: Counter,
}

impl CacheCounters {
    pub(crate) fn new() -> Self {
        let counter =
            |result: CacheResult| counter!(SESSION_CACHE, "result" => <&str>::from(result));
        Self {
            hits: counter(CacheResult::Hit),
            misses: counter(CacheResult::Miss),
        }
    }

    pub(crate) fn count(&self, is_hit: bool) {
        match is_hit {
            true => self.hits.increment(1),
            false => self.misses.increment(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy.md");

    /// What is in backticks.
    fn names(text: &str) -> BTreeSet<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_guide_lists_every_metric_with_its_labels_and_no_other() {
        let guide = std::fs::read_to_string(GUIDE).unwrap();
        let (_, section) = guide.split_once("\n## Metrics\n").unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows: Vec<Vec<&str>> = section
            .lines()
            .filter(|line| line.starts_with("| `okta_"))
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), ALL.len());
        for (row, metric) in rows.iter().zip(&ALL) {
            let [_, name, kind, label, about, _] = row[..] else {
                panic!("{row:?}");
            };
            assert_eq!(name, format!("`{}`", metric.name));
            let expected = match metric.kind {
                Kind::Counter => "Counter",
                Kind::Gauge => "Gauge",
                Kind::Histogram => "Histogram, in seconds",
            };
            assert_eq!(kind, expected, "{name}");
            let labels = metric.labels.iter();
            let expected =
                labels.flat_map(|(name, values)| [*name].into_iter().chain(values.iter().copied()));
            assert_eq!(names(label), expected.collect(), "{name}");
            assert!(about.starts_with(metric.about), "{name}: {about}");
        }
    }
}
