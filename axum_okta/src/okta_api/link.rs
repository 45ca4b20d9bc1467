//! The `Link` header of [RFC 8288](https://www.rfc-editor.org/rfc/rfc8288#section-3), as far as paging needs it.

use http::{HeaderMap, header};

/// A header that can't be parsed may hide a next page, so it is an error rather than ignored.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("a Link header can't be parsed")]
pub(super) struct Malformed;

/// The target of the first link to the next page. It may be relative.
pub(super) fn next(headers: &HeaderMap) -> Result<Option<String>, Malformed> {
    for line in headers.get_all(header::LINK) {
        let line = String::from_utf8_lossy(line.as_bytes());
        if let Some(next) = links(&line)
            .ok_or(Malformed)?
            .into_iter()
            .find(Link::is_next)
        {
            return Ok(Some(next.target.to_owned()));
        }
    }
    Ok(None)
}

struct Link<'l> {
    target: &'l str,
    rel: Option<String>,
}

impl Link<'_> {
    /// One `rel` may name several relations.
    fn is_next(&self) -> bool {
        let relations = self.rel.as_deref().unwrap_or_default();
        relations
            .split_ascii_whitespace()
            .any(|relation| relation.eq_ignore_ascii_case("next"))
    }
}

fn links(line: &str) -> Option<Vec<Link<'_>>> {
    let mut links = Vec::new();
    let mut rest = line;
    loop {
        // A list may have empty members (RFC 9110 §5.6.1).
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.is_empty() {
            return Some(links);
        }
        let (target, after) = rest.strip_prefix('<')?.split_once('>')?;
        let mut rel = None;
        rest = after.trim_start();
        while let Some(after) = rest.strip_prefix(';') {
            let (name, value, after) = parameter(after)?;
            // Only the first counts.
            if name.eq_ignore_ascii_case("rel") && rel.is_none() {
                rel = Some(value);
            }
            rest = after.trim_start();
        }
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        links.push(Link { target, rel });
    }
}

/// Its name, its value and what follows it.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let (name, after) = text.split_at(text.find(['=', ';', ',']).unwrap_or(text.len()));
    let name = name.trim();
    let Some(after) = after.strip_prefix('=') else {
        return Some((name, String::new(), after));
    };
    let after = after.trim_start();
    if let Some(quoted) = after.strip_prefix('"') {
        let (value, after) = quoted_string(quoted)?;
        return Some((name, value, after));
    }
    let (value, after) = after.split_at(after.find([';', ',']).unwrap_or(after.len()));
    Some((name, value.trim().to_owned(), after))
}

/// The value up to the closing quote (the opening one has been read), and what follows it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            character => value.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next_of(lines: &[&str]) -> Result<Option<String>, Malformed> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::LINK, line.parse().unwrap());
        }
        next(&headers)
    }

    #[test]
    fn the_next_page_is_found() {
        let cases: [&[&str]; 17] = [
            &[r#"</next>; rel="next""#],
            &[r#"</self>; rel="self""#, r#"</next>; rel="next""#],
            &[r#"</self>; rel="self", </next>; rel="next""#],
            &[r#"</next>; rel="next", </self>; rel="self""#],
            &[r#"</self>;rel="self",</next>;rel="next""#],
            &["</next>; rel=next"],
            &["</next>; rel=next, </self>; rel=self"],
            &[r#"</next>; REL="Next""#],
            &["</next> ; rel = next "],
            &[r#"</next>; rel="last next""#],
            &[r#"</next>; title="of, the; \"rest\""; rel="next""#],
            &[r#"</next>; rel="next"; title="rel=prev""#],
            &[r#"</next>; crossorigin; rel=next"#],
            &[r#"</self>; title="</x>; rel=next", </next>; rel=next"#],
            &[r#"</self>; rel=self; rel=next, </next>; rel=next; rel=self"#],
            &[", ,</self>; rel=self,, </next>; rel=next,"],
            &[r#"</next>; title="größer"; rel=next"#, r#"</2>; rel=next"#],
        ];
        for lines in cases {
            assert_eq!(next_of(lines), Ok(Some("/next".to_owned())), "{lines:?}");
        }
    }

    #[test]
    fn a_target_is_kept_as_it_is() {
        for target in ["", "?after=a,b;c=d&limit=200", "https://x/?a=%2C|^\"{}#f"] {
            let line = format!(r#"<{target}>; rel="next""#);
            assert_eq!(next_of(&[&line]), Ok(Some(target.to_owned())));
        }
    }

    #[test]
    fn the_last_page_has_none() {
        let cases: [&[&str]; 6] = [
            &[],
            &[""],
            &[r#"</self>; rel="self""#],
            &["</x>"],
            &[r#"</x>; rev="next""#],
            &[r#"</x>; rel="nextish""#],
        ];
        for lines in cases {
            assert_eq!(next_of(lines), Ok(None), "{lines:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        for line in [
            "/next; rel=next",
            "</next; rel=next",
            r#"</next>; rel="next"#,
            "</next> rel=next",
            r#"</next>; rel="next" x"#,
            "<a>; rel=self </next>; rel=next, b",
        ] {
            assert_eq!(next_of(&[line]), Err(Malformed), "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(line in r#"[<>;,=" \\/relnxtü]{0,40}"#) {
            let _ = links(&line);
        }
    }
}
