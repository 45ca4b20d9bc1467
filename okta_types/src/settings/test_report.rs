use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;

/// The result of a test sign-in. Contains claims, but no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestReport {
    /// When the test ran.
    pub at: Timestamp,
    /// Why the sign-in would fail; `None` if it works.
    pub refused: Option<String>,
    /// Who signed in.
    #[serde(default)]
    pub person: Option<String>,
    /// The extra claims that Okta didn't send.
    #[serde(default)]
    pub missing_claims: Vec<String>,
    /// The names of claims that were ignored because they can't be parsed.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Why there is no userinfo response, if one was requested.
    #[serde(default)]
    pub no_user_info: Option<String>,
    /// The ID token's claims.
    pub id_token: Map<String, Value>,
    /// The claims in the userinfo response, if there is one.
    pub user_info: Option<Map<String, Value>>,
    /// The groups, if they could be loaded.
    pub groups: Option<Vec<String>>,
    /// Where the groups came from, or why there are none.
    pub groups_explained: String,
    /// The resulting roles.
    pub roles: Vec<String>,
    /// The groups of the role table that this person is not in, each with the reason.
    pub absent: Vec<(String, String)>,
}

impl TestReport {
    /// Creates an empty report.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            refused: None,
            person: None,
            missing_claims: Vec::new(),
            left_out: Vec::new(),
            no_user_info: None,
            id_token: Map::new(),
            user_info: None,
            groups: None,
            groups_explained: String::new(),
            roles: Vec::new(),
            absent: Vec::new(),
        }
    }
}
