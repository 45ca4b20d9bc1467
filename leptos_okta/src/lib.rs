//! placeholder doc

mod guard;
mod identity;
mod settings;
mod sign_in;

pub use guard::RequireAuth;
#[cfg(feature = "ssr")]
pub use guard::require_auth;
pub use identity::{provide_okta, use_connected, use_identity};
pub use okta_types::Identity;
pub use settings::OktaSettings;
pub use sign_in::{SignInButton, SignOutButton, SignedIn, SignedOut};
