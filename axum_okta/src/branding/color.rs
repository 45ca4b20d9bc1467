//! Colours that can be read on a page (WCAG 2.2, 1.4.3).

use std::fmt;

/// The least contrast of text of the usual size.
const READABLE: f64 = 4.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color([u8; 3]);

impl Color {
    pub(crate) const WHITE: Self = Self([0xff; 3]);
    /// The ground of our pages in the dark: `--ground` in `http/page.css`.
    pub(crate) const DARK: Self = Self([0x17, 0x17, 0x1b]);

    /// Parses `#rrggbb`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    pub(crate) fn is_readable_on(self, ground: Self) -> bool {
        let (one, other) = (self.luminance(), ground.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05) >= READABLE
    }

    /// The same color, lightened until it can be read in the dark.
    pub(crate) fn in_the_dark(self) -> Self {
        let steps = 0..=20;
        let mut lighter = steps.map(|step| self.lightened(f64::from(step) / 20.0));
        let readable = lighter.find(|lighter| lighter.is_readable_on(Self::DARK));
        readable.unwrap_or(Self::WHITE)
    }

    /// Mixed with this part of white.
    fn lightened(self, white: f64) -> Self {
        let mixed = |part: u8| f64::from(part) + (255.0 - f64::from(part)) * white;
        // Between 0 and 255.
        Self(self.0.map(|part| mixed(part).round() as u8))
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        // The darkest gray that fails on white, and the lightest that passes.
        for (color, is_readable) in [("#777777", false), ("#767676", true), ("#ff0000", false)] {
            let color = Color::parse(color).unwrap();
            assert_eq!(color.is_readable_on(Color::WHITE), is_readable, "{color}");
        }
        for color in ["#000000", "#b3261e", "#0b57c2", "#0000ff", "#ffffff"] {
            let dark = Color::parse(color).unwrap().in_the_dark();
            assert!(dark.is_readable_on(Color::DARK), "{color} → {dark}");
        }
    }

    #[test]
    fn a_color_has_six_digits() {
        assert_eq!(Color::parse("#B3261E").unwrap().to_string(), "#b3261e");
        for nonsense in [
            "",
            "#",
            "b3261e",
            "#b32",
            "#b3261e00",
            "#b3261g",
            "#+3261e",
            "#ä261e",
        ] {
            assert_eq!(Color::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_ground_in_the_dark_is_that_of_the_page() {
        let style = include_str!("../http/page.css");
        assert!(style.contains(&format!("--ground: {}", Color::DARK)));
    }
}
