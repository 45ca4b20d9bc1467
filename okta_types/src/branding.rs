use serde::{Deserialize, Serialize};

/// How an organization looks on the pages that the plugin serves itself: where people choose how
/// they sign in, where a sign-in was refused, and where a setup link leads. What is empty looks like
/// the plugin.
///
/// ```
/// use okta_types::Branding;
///
/// let branding = Branding::default()
///     .name("Acme Inc.")
///     .logo("https://acme.com/logo.svg")
///     .color("#b3261e")
///     .text("Questions? Ask it@acme.com");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Branding {
    /// What the organization is called: up to 100 characters.
    pub name: String,
    /// Its logo: an `https` URL, or a `data:` URL of a PNG, JPEG, WebP, or SVG image in base64, of
    /// up to 32 KiB.
    pub logo: String,
    /// Its color, of links and buttons, as `#rrggbb`. Its contrast to white has to be 4.5 to 1 at
    /// least ([WCAG 2.2, 1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum)). On dark pages, it
    /// is lightened until it has that contrast to the page.
    pub color: String,
    /// A text below what the page says: up to 500 characters.
    pub text: String,
}

impl Branding {
    /// Sets what the organization is called.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets its logo.
    #[must_use]
    pub fn logo(mut self, logo: impl Into<String>) -> Self {
        self.logo = logo.into();
        self
    }

    /// Sets its color.
    #[must_use]
    pub fn color(mut self, color: impl Into<String>) -> Self {
        self.color = color.into();
        self
    }

    /// Sets the text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }
}
