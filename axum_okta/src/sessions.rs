//! Who is signed in, in which browsers, and what ends that.

pub use crate::session::{EndCause, OwnSessions, SessionEnded, SessionsError};
pub use okta_types::{SessionPage, SessionQuery, SessionSummary};
