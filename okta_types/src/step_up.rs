use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Identity, Timestamp};

/// What a guard says to people whose sign-in is not recent or strong enough. Errors keep these words
/// on their way to the browser, which recognizes the refusal by them.
pub const CONFIRM_IT_IS_YOU: &str = "confirm that it's you";

/// How far the clocks of Okta and of this app may differ, the way back from Okta included.
const TOLERANCE: i64 = 60;

/// Of `acr` and `amr`. Okta's longest is `urn:okta:loa:2fa:any:ifpossible`.
const LONGEST_VALUE: usize = 100;

/// How recently, and how, somebody has to have signed in at Okta: step-up authentication.
///
/// It is about the ID token of the sign-in ([OpenID Connect Core
/// §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)): its `auth_time`, `acr` and
/// `amr`. Empty by default, which everybody meets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUp {
    /// In seconds.
    max_age: Option<u64>,
    acr: Vec<String>,
    amr: Vec<String>,
}

impl StepUp {
    /// The sign-in at Okta may be at most this old, to the second. A minute more is allowed, for
    /// clocks that differ.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        let age = age.as_secs();
        self.max_age = Some(self.max_age.map_or(age, |other| other.min(age)));
        self
    }

    /// The sign-in must also have met this authentication context, such as `urn:okta:loa:2fa:any`.
    #[must_use]
    pub fn acr(mut self, acr: impl Into<String>) -> Self {
        self.acr.push(acr.into());
        self
    }

    /// The sign-in must also have used this authentication method ([RFC
    /// 8176](https://www.rfc-editor.org/rfc/rfc8176)), such as `mfa` or `hwk`.
    #[must_use]
    pub fn amr(mut self, amr: impl Into<String>) -> Self {
        self.amr.push(amr.into());
        self
    }

    /// Returns whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.max_age.is_none() && self.acr.is_empty() && self.amr.is_empty()
    }

    /// Returns the largest age of a sign-in, in seconds.
    #[must_use]
    pub fn max_age_seconds(&self) -> Option<u64> {
        self.max_age
    }

    /// Returns the authentication contexts that are asked for. An ID token has one, so of several
    /// at most one can be met.
    #[must_use]
    pub fn acr_values(&self) -> &[String] {
        &self.acr
    }

    /// Returns the authentication methods that are asked for.
    #[must_use]
    pub fn amr_values(&self) -> &[String] {
        &self.amr
    }

    /// Checks how this person signed in, as of `now`.
    ///
    /// # Errors
    ///
    /// Returns [`StepUpNeeded`] unless everything that is asked for is known and met. Sessions that
    /// a version without step-up started don't know it.
    pub fn check(&self, identity: &Identity, now: Timestamp) -> Result<(), StepUpNeeded> {
        let is_recent = self.max_age.is_none_or(|max_age| {
            let oldest = i64::try_from(max_age)
                .unwrap_or(i64::MAX)
                .saturating_add(TOLERANCE);
            identity.authenticated_at().is_some_and(|Timestamp(at)| {
                let age = now.0.saturating_sub(at);
                (-TOLERANCE..=oldest).contains(&age)
            })
        });
        let mut acr = self.acr.iter();
        let mut amr = self.amr.iter();
        if is_recent
            && acr.all(|asked| identity.acr.as_ref() == Some(asked))
            && amr.all(|asked| identity.amr.contains(asked))
        {
            Ok(())
        } else {
            Err(StepUpNeeded(self.clone()))
        }
    }

    /// Returns whether it can be asked for in a query and in a header: `acr` and `amr` are short,
    /// and of visible ASCII characters without spaces, quotes and backslashes.
    #[must_use]
    pub fn can_be_sent(&self) -> bool {
        let is_plain = |value: &String| {
            (1..=LONGEST_VALUE).contains(&value.len())
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
        };
        self.acr.iter().chain(&self.amr).all(is_plain)
    }

    /// Returns the same as a query: `max_age=300&amr=mfa`.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in self.parameters() {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            for byte in value.bytes() {
                match byte {
                    b'-' | b'.' | b'_' | b'~' => query.push(char::from(byte)),
                    _ if byte.is_ascii_alphanumeric() => query.push(char::from(byte)),
                    _ => query.push_str(&format!("%{byte:02X}")),
                }
            }
        }
        query
    }

    /// Returns it as parameters of the sign-in's path: `max_age`, `acr_values` and `amr`, as far as
    /// they are asked for.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let parameters = [
            ("max_age", self.max_age.map(|age| age.to_string())),
            ("acr_values", listed(&self.acr)),
            ("amr", listed(&self.amr)),
        ];
        let asked = parameters.into_iter();
        asked
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

fn listed(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| values.join(" "))
}

/// In words: `a sign-in that is at most 5 minutes old and used “mfa”`.
impl fmt::Display for StepUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sign-in that ")?;
        let mut and = "";
        if let Some(max_age) = self.max_age {
            write!(f, "is at most {} old", Span(max_age))?;
            and = " and ";
        }
        for (verb, values) in [("meets", &self.acr), ("used", &self.amr)] {
            for value in values {
                write!(f, "{and}{verb} “{value}”")?;
                and = " and ";
            }
        }
        Ok(())
    }
}

/// A number of seconds, in the largest unit that says it exactly.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(3600, "hour"), (60, "minute"), (1, "second")];
        let (seconds, unit) = units
            .into_iter()
            .find(|(seconds, _)| self.0 > 0 && self.0.is_multiple_of(*seconds))
            .unwrap_or((1, "second"));
        let number = self.0 / seconds;
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{plural}")
    }
}

/// The person is signed in, but not as recently or as strongly as this needs: 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUpNeeded(StepUp);

impl StepUpNeeded {
    /// Returns what is asked for.
    #[must_use]
    pub fn asked(&self) -> &StepUp {
        &self.0
    }

    /// Returns the [query](StepUp::query) in the words of such an error, wherever it was quoted.
    #[must_use]
    pub fn query_in(message: &str) -> Option<&str> {
        let (_, rest) = message.split_once(CONFIRM_IT_IS_YOU)?;
        let (_, rest) = rest.split_once('[')?;
        let (query, _) = rest.split_once(']')?;
        Some(query)
    }
}

impl fmt::Display for StepUpNeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "This needs {}. Sign in again to {CONFIRM_IT_IS_YOU}, then try again. [{}]",
            self.0,
            self.0.query()
        )
    }
}

impl std::error::Error for StepUpNeeded {}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn signed_in(seconds_ago: i64) -> Identity {
        let mut ada = Identity::new("https://dev-1.okta.com", "00u1");
        ada.auth_time = Some(NOW.plus_seconds(-seconds_ago));
        ada.acr = Some("urn:okta:loa:2fa:any".to_owned());
        ada.amr = vec!["pwd".to_owned(), "mfa".to_owned()];
        ada
    }

    #[test]
    fn a_sign_in_is_recent_within_the_age_and_a_minute() {
        let five_minutes = StepUp::default().max_age(Duration::from_secs(300));
        for (seconds_ago, is_recent) in [
            (0, true),
            (300, true),
            (360, true),
            (361, false),
            (i64::MAX, false),
            // In the future: clocks differ, or Okta's is wrong.
            (-60, true),
            (-61, false),
            (-1_000_000_000, false),
        ] {
            let checked = five_minutes.check(&signed_in(seconds_ago), NOW);
            assert_eq!(checked.is_ok(), is_recent, "{seconds_ago} s ago");
        }
        let mut unknown = signed_in(0);
        unknown.auth_time = None;
        assert!(five_minutes.check(&unknown, NOW).is_err());
        let ever = StepUp::default().max_age(Duration::MAX);
        assert!(ever.check(&unknown, NOW).is_err());
        assert!(ever.check(&signed_in(1_000_000), NOW).is_ok());
    }

    #[test]
    fn everything_that_is_asked_for_has_to_be_met() {
        let ada = signed_in(0);
        let asked = StepUp::default();
        assert!(asked.check(&ada, NOW).is_ok());
        assert!(asked.clone().amr("mfa").check(&ada, NOW).is_ok());
        assert!(asked.clone().amr("hwk").check(&ada, NOW).is_err());
        let context = asked.clone().acr("urn:okta:loa:2fa:any");
        assert!(context.check(&ada, NOW).is_ok());
        assert!(context.clone().amr("hwk").check(&ada, NOW).is_err());
        assert!(asked.acr("phr").check(&ada, NOW).is_err());
        let mut nothing_known = Identity::new("https://dev-1.okta.com", "00u1");
        nothing_known.signed_in_at = NOW;
        assert!(context.check(&nothing_known, NOW).is_err());
    }

    #[test]
    fn of_two_ages_the_smaller_counts() {
        let asked = StepUp::default()
            .max_age(Duration::from_secs(60))
            .max_age(Duration::from_secs(3600));
        assert_eq!(asked.max_age_seconds(), Some(60));
    }

    #[test]
    fn it_is_told_in_words() {
        let asked = StepUp::default().max_age(Duration::from_secs(300));
        let words = "a sign-in that is at most 5 minutes old";
        assert_eq!(asked.to_string(), words);
        let words = format!("{words} and meets “phr” and used “mfa”");
        assert_eq!(asked.acr("phr").amr("mfa").to_string(), words);
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "90 seconds"),
            (3600, "1 hour"),
        ] {
            assert_eq!(Span(seconds).to_string(), words);
        }
    }

    #[test]
    fn an_error_says_to_the_browser_what_to_ask_for() {
        let asked = StepUp::default()
            .max_age(Duration::from_secs(300))
            .acr("urn:okta:loa:2fa:any")
            .amr("hwk")
            .amr("a&b");
        let query = "max_age=300&acr_values=urn%3Aokta%3Aloa%3A2fa%3Aany&amr=hwk%20a%26b";
        assert_eq!(asked.query(), query);
        let error = format!(
            "error running server function: {} (401)",
            StepUpNeeded(asked)
        );
        assert_eq!(StepUpNeeded::query_in(&error), Some(query));
        assert_eq!(StepUpNeeded::query_in("[a=b] nobody is signed in"), None);
    }

    #[test]
    fn what_would_break_a_header_or_a_query_can_not_be_sent() {
        let asked = StepUp::default();
        assert!(asked.clone().acr("urn:okta:loa:2fa:any").can_be_sent());
        for value in ["", "a b", "a\"b", "a\\b", "ä", "a\nb"] {
            assert!(!asked.clone().acr(value).can_be_sent(), "{value:?}");
            assert!(!asked.clone().amr(value).can_be_sent(), "{value:?}");
        }
        assert!(!asked.amr("a".repeat(101)).can_be_sent());
    }
}
