//! How an organization looks on the pages that we serve ourselves.

mod color;

pub(crate) use color::Color;
pub use okta_types::Branding;

use base64::{Engine, prelude::BASE64_STANDARD};
use okta_types::SettingsRefusal;
use url::Url;

const MAX_NAME_LENGTH: usize = 100;
const MAX_TEXT_LENGTH: usize = 500;
const MAX_ADDRESS_LENGTH: usize = 2048;
/// Of a logo in the page, before it is encoded.
const MAX_LOGO_BYTES: usize = 32 * 1024;
/// A browser runs no script of an image.
const IMAGES: [&str; 4] = [
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/webp;base64,",
    "data:image/svg+xml;base64,",
];

/// What was entered, as it is stored.
pub(crate) fn checked(typed: &Branding) -> Result<Branding, SettingsRefusal> {
    let malformed = SettingsRefusal::MalformedBranding;
    let name = short(&typed.name, MAX_NAME_LENGTH).ok_or(malformed)?;
    let text = short(&typed.text, MAX_TEXT_LENGTH).ok_or(malformed)?;
    let logo = typed.logo.trim();
    if !logo.is_empty() && source(logo).is_none() {
        return Err(malformed);
    }
    let color = match typed.color.trim() {
        "" => String::new(),
        color => {
            let color = Color::parse(color).ok_or(malformed)?;
            if !color.is_readable_on(Color::WHITE) {
                return Err(SettingsRefusal::LowContrast);
            }
            color.to_string()
        }
    };
    let branding = Branding::default().name(name).text(text);
    Ok(branding.logo(logo).color(color))
}

/// Where a page may load the logo from (CSP3 §6.7.2). `None` if it is none.
pub(crate) fn source(logo: &str) -> Option<String> {
    if let Some(encoded) = IMAGES.iter().find_map(|image| logo.strip_prefix(image)) {
        let is_short = encoded.len() <= MAX_LOGO_BYTES.div_ceil(3) * 4;
        let is_image = is_short && BASE64_STANDARD.decode(encoded).is_ok();
        return is_image.then(|| "data:".to_owned());
    }
    let url = Url::parse(logo)
        .ok()
        .filter(|_| logo.len() <= MAX_ADDRESS_LENGTH)?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    is_plain.then(|| url.origin().ascii_serialization())
}

/// Trimmed, on one line.
fn short(typed: &str, length: usize) -> Option<&str> {
    let typed = typed.trim();
    let is_short = typed.chars().count() <= length && !typed.chars().any(char::is_control);
    is_short.then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_loaded_from_where_it_is_and_from_nowhere_else() {
        let source_of = |logo: &str| source(logo);
        assert_eq!(
            source_of("https://acme.com/logo.svg?v=2").as_deref(),
            Some("https://acme.com")
        );
        assert_eq!(
            source_of("https://acme.com:8443/l.png").as_deref(),
            Some("https://acme.com:8443")
        );
        assert_eq!(
            source_of("data:image/png;base64,iVBORw0KGgo=").as_deref(),
            Some("data:")
        );
        for nonsense in [
            "",
            "logo.svg",
            "/logo.svg",
            "//acme.com/logo.svg",
            "http://acme.com/logo.svg",
            "https://ada:secret@acme.com/logo.svg",
            "javascript:alert(1)",
            "data:text/html;base64,PGI+",
            "data:image/svg+xml,<svg/>",
            "data:image/png;base64,not base64",
            &format!("https://acme.com/{}", "a".repeat(MAX_ADDRESS_LENGTH)),
            &format!("data:image/png;base64,{}", "A".repeat(MAX_LOGO_BYTES * 2)),
        ] {
            assert_eq!(source_of(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn what_was_entered_is_checked_with_words() {
        let typed = Branding::default()
            .name(" Acme ")
            .color("#B3261E")
            .text("Ask us.");
        let stored = checked(&typed).unwrap();
        assert_eq!(
            (stored.name.as_str(), stored.color.as_str()),
            ("Acme", "#b3261e")
        );
        assert_eq!(checked(&Branding::default()), Ok(Branding::default()));
        for (typed, refusal) in [
            (
                Branding::default().name("a".repeat(101)),
                SettingsRefusal::MalformedBranding,
            ),
            (
                Branding::default().text("a".repeat(501)),
                SettingsRefusal::MalformedBranding,
            ),
            (
                Branding::default().text("two\nlines"),
                SettingsRefusal::MalformedBranding,
            ),
            (
                Branding::default().logo("http://acme.com/l"),
                SettingsRefusal::MalformedBranding,
            ),
            (
                Branding::default().color("red"),
                SettingsRefusal::MalformedBranding,
            ),
            (
                Branding::default().color("#ffcc00"),
                SettingsRefusal::LowContrast,
            ),
        ] {
            assert_eq!(checked(&typed), Err(refusal), "{typed:?}");
        }
    }
}
