use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z: the `NumericDate` of
/// [RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2).
///
/// Displays as `2026-11-22 08:30 UTC`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the time `seconds` later, saturating instead of overflowing.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Formats as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339), as HTML's `<time datetime>`
    /// requires: `2026-11-22T08:30:59Z`. Returns `None` after the year 9999.
    #[must_use]
    pub fn rfc3339(self) -> Option<String> {
        let at = OffsetDateTime::from_unix_timestamp(self.0).ok()?;
        (0..=9999).contains(&at.year()).then(|| {
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                at.year(),
                u8::from(at.month()),
                at.day(),
                at.hour(),
                at.minute(),
                at.second()
            )
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match OffsetDateTime::from_unix_timestamp(self.0) {
            Ok(at) => write!(
                f,
                "{:04}-{:02}-{:02} {:02}:{:02} UTC",
                at.year(),
                u8::from(at.month()),
                at.day(),
                at.hour(),
                at.minute()
            ),
            // Outside the range of `time` (years ±9999), shows the number of seconds.
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn displays_in_utc() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01 00:00 UTC");
        assert_eq!(Timestamp(1_795_336_259).to_string(), "2026-11-22 08:30 UTC");
        assert_eq!(Timestamp(i64::MAX).to_string(), format!("{} s", i64::MAX));
    }

    #[test]
    fn is_written_as_rfc_3339_says() {
        let at = Timestamp(1_795_336_259).rfc3339();
        assert_eq!(at.as_deref(), Some("2026-11-22T08:30:59Z"));
        assert_eq!(Timestamp(i64::MAX).rfc3339(), None);
    }
}
