//! The audit trail as a file: CSV for spreadsheets, JSON lines for programs. Read and sent a batch
//! at a time.

use std::sync::Arc;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use futures::{Stream, stream};
use http::header;
use okta_types::{Actor, AuditEntry, AuditQuery};
use serde::Deserialize;
use serde_json::json;

use crate::{
    http::no_store,
    store::{AuditPlace, Store, StoreError},
};

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Csv,
    Jsonl,
}

/// All matching entries, newest first, regardless of pages.
pub(super) fn download(store: Arc<Store>, query: AuditQuery, format: Format) -> Response {
    let (kind, disposition) = match format {
        Format::Csv => (
            "text/csv; charset=utf-8; header=present",
            "attachment; filename=\"okta-activity.csv\"",
        ),
        Format::Jsonl => (
            "application/jsonl; charset=utf-8",
            "attachment; filename=\"okta-activity.jsonl\"",
        ),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let body = Body::from_stream(lines(store, query, format));
    no_store((headers, body).into_response())
}

enum Progress {
    Start,
    Before(AuditPlace),
    End,
}

fn lines(
    store: Arc<Store>,
    query: AuditQuery,
    format: Format,
) -> impl Stream<Item = Result<String, StoreError>> {
    stream::try_unfold(Progress::Start, move |progress| {
        let (store, query) = (store.clone(), query.clone());
        async move {
            let (mut text, before) = match (progress, format) {
                (Progress::End, _) => return Ok(None),
                (Progress::Before(place), _) => (String::new(), Some(place)),
                (Progress::Start, Format::Csv) => (csv_line(COLUMNS), None),
                (Progress::Start, Format::Jsonl) => (String::new(), None),
            };
            let (entries, next) = store.audit_batch(&query, before.as_ref()).await?;
            text.extend(entries.iter().map(|entry| match format {
                Format::Csv => csv_line(cells(entry)),
                Format::Jsonl => json!(entry).to_string() + "\n",
            }));
            Ok(Some((text, next.map_or(Progress::End, Progress::Before))))
        }
    })
}

const COLUMNS: [&str; 8] = [
    "time",
    "event",
    "actor",
    "issuer",
    "subject",
    "address",
    "detail",
    "connection",
];

fn cells(entry: &AuditEntry) -> [String; 8] {
    let (name, issuer, subject) = match &entry.actor {
        Actor::Person {
            issuer,
            subject,
            name,
            ..
        } => (name.clone(), issuer.clone(), subject.clone()),
        other => (other.to_string(), String::new(), String::new()),
    };
    [
        entry.at.rfc3339().unwrap_or_else(|| entry.at.to_string()),
        entry.event.as_str().to_owned(),
        name,
        issuer,
        subject,
        entry.address.clone().unwrap_or_default(),
        entry.detail.clone().unwrap_or_default(),
        entry.connection.clone().unwrap_or_default(),
    ]
}

/// A record of RFC 4180, every cell quoted. Names come from outside, and spreadsheets run cells
/// that begin like a formula: an apostrophe turns them into text.
fn csv_line(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| {
            let cell = cell.as_ref();
            let apostrophe = if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
                "'"
            } else {
                ""
            };
            format!("\"{apostrophe}{}\"", cell.replace('"', "\"\""))
        })
        .collect();
    cells.join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::csv_line;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(
            csv_line(["plain", "a \"b\", c", "two\nlines", ""]),
            "\"plain\",\"a \"\"b\"\", c\",\"two\nlines\",\"\"\r\n"
        );
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(csv_line([formula]), format!("\"'{formula}\"\r\n"));
        }
    }
}
