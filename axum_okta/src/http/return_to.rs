//! Where a person goes after signing in: a page of this app, and nowhere else.

use url::Url;

/// Longer addresses don't get through every proxy.
const MAX_LENGTH: usize = 2048;

/// A path of this app with its query, such as `/protected?tab=2`. This is the only parser for it:
/// anything that isn't clearly a path of this app becomes `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnTo(String);

impl ReturnTo {
    /// `typed` comes from a query parameter that anyone can set.
    pub(crate) fn parse(typed: &str, base_url: &Url) -> Self {
        Self::checked(typed, base_url).unwrap_or_else(Self::home)
    }

    /// Parses a whole address, if it is one of this app.
    pub(crate) fn parse_address(typed: &str, base_url: &Url) -> Option<Self> {
        let origin = base_url.origin().ascii_serialization();
        match typed.strip_prefix(&origin)? {
            "" => Some(Self::home()),
            path => Self::checked(path, base_url),
        }
    }

    pub(crate) fn home() -> Self {
        Self("/".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn checked(typed: &str, base_url: &Url) -> Option<Self> {
        let is_path = typed.starts_with('/') && !typed.starts_with("//");
        // Browsers read `\` as `/` and skip tabs and line breaks, so `/\evil` and `/\t/evil` leave
        // the app.
        let is_plain = !typed
            .chars()
            .any(|c| c == '\\' || c.is_control() || c.is_whitespace());
        if !is_path || !is_plain {
            return None;
        }
        let url = base_url.join(typed).ok()?;
        if url.origin() != base_url.origin() {
            return None;
        }
        let mut path = url.path().to_owned();
        // Dots may have been resolved into a second slash: `/./` + `/evil`.
        if path.starts_with("//") {
            return None;
        }
        if let Some(query) = url.query() {
            path = format!("{path}?{query}");
        }
        if let Some(fragment) = url.fragment() {
            path = format!("{path}#{fragment}");
        }
        // Only now: percent-encoding turns one character into three.
        (path.len() <= MAX_LENGTH).then_some(Self(path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(typed: &str) -> String {
        let base_url = Url::parse("https://app.example.com").unwrap();
        ReturnTo::parse(typed, &base_url).0
    }

    #[test]
    fn a_path_of_this_app_is_kept() {
        for typed in [
            "/",
            "/protected",
            "/a/b?c=d&e=%2F",
            "/a#b",
            "/%09/evil",
            "/a?u=https://evil.example",
            "/a//b",
        ] {
            assert_eq!(parse(typed), typed);
        }
        assert_eq!(parse("/a/../b"), "/b");
        assert_eq!(parse("/über"), "/%C3%BCber");
    }

    #[test]
    fn a_whole_address_must_be_of_this_app() {
        let base_url = Url::parse("https://app.example.com").unwrap();
        let parse = |typed| ReturnTo::parse_address(typed, &base_url).map(|return_to| return_to.0);
        assert_eq!(parse("https://app.example.com").as_deref(), Some("/"));
        assert_eq!(
            parse("https://app.example.com/a?b=c").as_deref(),
            Some("/a?b=c")
        );
        for typed in [
            "",
            "/a",
            "http://app.example.com/a",
            "https://app.example.com.evil.example/",
            "https://app.example.com:8443/",
            "https://app.example.com@evil.example/",
            "https://app.example.com//evil.example",
            "https://app.example.com/\\evil.example",
            "https://evil.example/",
        ] {
            assert_eq!(parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn whatever_leaves_the_app_becomes_home() {
        for typed in [
            "",
            "protected",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "/a?b=\\c",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "https://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "https://badapp.example.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\u{2028}x",
            "?a=b",
            "#a",
        ] {
            assert_eq!(parse(typed), "/", "{typed:?}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(MAX_LENGTH))), "/");
        assert_eq!(parse(&format!("/{}", "ü".repeat(MAX_LENGTH / 4))), "/");
    }

    /// Pieces that attackers put together.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "[/\\\\.?#@:%a-z0-9 \t\r\n]{0,3}",
            prop::sample::select(vec![
                "/",
                "//",
                "\\",
                "..",
                ".",
                "%2f",
                "%5c",
                "%09",
                "%0a",
                "https:",
                "javascript:",
                "@",
                "evil.example",
                "app.example.com",
                "\u{2028}",
                "\u{ff0f}",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn a_browser_never_leaves_the_app(pieces in prop::collection::vec(piece(), 0..8)) {
            crate::properties::return_to(&pieces.concat());
        }
    }
}
