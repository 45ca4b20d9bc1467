//! Where the instructions of a guarded request go, beside axum alone in as many layers.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::json;

use super::subjects::{Subject, subjects};
use crate::{callgrind, rounds::rounded, site::Site, table::Table};

const BARE: &str = "axum alone, in two such layers";
const GUARDED: &str = "this plugin: guarded";

/// What a function is part of, by the first of these that its name has. Names of generic functions begin with what
/// they belong to, and inlined ones count as part of their caller.
const KINDS: &[(&str, &[&str])] = &[
    (
        "Allocating and giving back",
        &["malloc", "free", "alloc", "__rust_", "__rdl_", "__rustc"],
    ),
    (
        "Copying and comparing",
        &["memcpy", "memmove", "memset", "memcmp", "bcmp"],
    ),
    ("tower-sessions", &["tower_sessions"]),
    (
        "The request's extensions",
        &["http::extensions", "hashbrown"],
    ),
    ("Reading the cookie's value", &["base64", "from_utf8"]),
    (
        "Finding the session and its connection",
        &["quick_cache", "foldhash", "ahash", "arc_swap", "hash_one"],
    ),
    ("Finding and setting headers", &["http::header"]),
    ("The plugin itself", &["axum_okta", "okta_types"]),
    ("axum and tower", &["axum", "tower", "matchit", "http"]),
];
const REST: &str = "Everything else";

pub async fn measure() -> anyhow::Result<Table> {
    let site = Site::start().await?;
    let subjects = subjects(&site).await?;
    let named = |name| {
        let found = subjects.iter().find(|subject| subject.name == name);
        found.with_context(|| format!("nothing measured is named “{name}”"))
    };
    let bare = by_kind(named(BARE)?).await?;
    let guarded = by_kind(named(GUARDED)?).await?;
    let mut table = Table::new(&["What", "axum alone, in two layers", "Guarded", "More"]);
    let kinds = KINDS.iter().map(|(kind, _)| *kind).chain([REST]);
    for kind in kinds {
        let [bare, guarded] =
            [&bare, &guarded].map(|costs| costs.get(kind).copied().unwrap_or(0.0));
        table.row([
            json!(kind),
            rounded(bare, 0),
            rounded(guarded, 0),
            rounded(guarded - bare, 0),
        ]);
    }
    Ok(table)
}

/// The instructions of one request.
async fn by_kind(subject: &Subject) -> anyhow::Result<BTreeMap<&'static str, f64>> {
    let mut kinds = BTreeMap::new();
    for (function, instructions) in callgrind::request(subject, "profile").await?.own {
        *kinds.entry(kind_of(&function)).or_default() += instructions;
    }
    Ok(kinds)
}

fn kind_of(function: &str) -> &'static str {
    let kind = KINDS
        .iter()
        .find(|(_, parts)| parts.iter().any(|part| function.contains(part)));
    kind.map_or(REST, |(kind, _)| kind)
}
