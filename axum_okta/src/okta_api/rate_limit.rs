//! When Okta accepts requests again:
//! <https://developer.okta.com/docs/reference/rl-best-practices/>.

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};

/// How many more are accepted before that.
const REMAINING: &str = "x-rate-limit-remaining";
/// UTC, in seconds since 1970.
const RESET: &str = "x-rate-limit-reset";

/// How many requests Okta still accepts now, if it says so.
pub(super) fn requests_left(headers: &HeaderMap) -> Option<u32> {
    number(headers, REMAINING)?.try_into().ok()
}

/// Measured by the response's own `Date` if it has one: our clock may be off by more than the wait.
pub(super) fn seconds_left(headers: &HeaderMap, our_clock: DateTime<Utc>) -> Option<u64> {
    let now = date(headers).unwrap_or(our_clock).timestamp();
    let until_reset = number(headers, RESET)
        .map(|reset| reset.saturating_sub(u64::try_from(now).unwrap_or_default()));
    until_reset.or_else(|| number(headers, header::RETRY_AFTER.as_str()))
}

/// HTTP dates have the format of email dates, in GMT (RFC 9110 §5.6.7).
fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(date).ok()?.to_utc())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_by_the_clock_of_the_answer() {
        const DATE: (&str, &str) = ("date", "Fri, 13 Feb 2009 23:31:30 GMT"); // 1234567890
        type Lines = &'static [(&'static str, &'static str)];
        let cases: [(Lines, Option<u64>); 9] = [
            (&[(RESET, "1234567897"), DATE], Some(7)),
            (&[(RESET, "1234567890"), DATE], Some(0)),
            (&[(RESET, "1"), DATE], Some(0)),
            (&[(RESET, "1000000009")], Some(9)),
            (&[(RESET, "1000000009"), ("date", "now")], Some(9)),
            (&[("retry-after", "5"), DATE], Some(5)),
            (&[("retry-after", "5"), (RESET, "soon")], Some(5)),
            (&[("x-ratelimit-reset", "1234567897"), DATE], None),
            (&[], None),
        ];
        let our_clock = DateTime::from_timestamp(1_000_000_000, 0).unwrap();
        for (lines, expected) in cases {
            let headers = HeaderMap::from_iter(
                lines
                    .iter()
                    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())),
            );
            assert_eq!(seconds_left(&headers, our_clock), expected, "{lines:?}");
        }
    }
}
