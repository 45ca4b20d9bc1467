//! What the labels of metrics can be.

use strum::{IntoStaticStr, VariantNames};

/// Why there is no session.
#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Refused {
    /// Nothing is connected.
    NotConnected,
    /// The plugin isn't open.
    Closed,
    /// The `state` is unknown, expired, or used.
    UnknownState,
    RateLimited,
    Malformed,
    /// Okta said no.
    ByOkta,
    /// Okta can't be reached.
    OktaUnreachable,
    /// What Okta sent doesn't hold.
    OktaResponse,
    Groups,
    /// The connection's sign-in policy said no.
    ByPolicy,
    /// The app's `on_signed_in` said no.
    ByApp,
    /// The app's `on_signed_in` failed.
    AppFailed,
    /// A test sign-in.
    Test,
    Database,
}

/// Why a session ended.
#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Ended {
    SignOut,
    /// By a call from Okta.
    Okta,
    /// By `flush`, `delete` or `cycle_id` of its tower-sessions session.
    App,
    /// By a new sign-in in the same browser.
    Replaced,
    /// An admin ended it.
    Admin,
    /// Its time was over; counted when it is deleted.
    Expired,
    /// Nobody used it for too long.
    Idle,
    /// Okta was asked again and refused, or didn't answer for too long.
    Refresh,
    /// They may no longer sign in through their connection.
    Policy,
}

#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum CacheResult {
    Hit,
    Miss,
}

#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Limit {
    SignIn,
    SetupCode,
    AdminToken,
    /// SCIM requests.
    Provisioning,
}

/// What Okta is asked for.
#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum ProviderRequest {
    Discovery,
    Keys,
    /// Only during Connect and the checks.
    Authorization,
    /// A pushed authorization request.
    Push,
    Token,
    Revocation,
    Userinfo,
    Api,
}

#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Outcome {
    /// It responded, perhaps with a refusal.
    Responded,
    RateLimited,
    /// No response, or a server error.
    Failed,
}

#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Stored {
    Stored,
    Abandoned,
}

#[derive(Clone, Copy, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Connection {
    InUse,
    Idle,
}
