use crate::store::StoreError;

/// Why the directory couldn't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The plugin isn't open: after [`open_or_deny`](crate::OktaBuilder::open_or_deny), while the
    /// database or its key can't be used.
    #[error(
        "the directory can't be read, because sign-in with Okta is closed. The log has the reason"
    )]
    Closed,
    /// Not all changes since the cursor are known: it is older than 90 days, or was made for other
    /// connections (perhaps the organization has got one or lost one), or a backup from before it was
    /// restored.
    #[error(
        "the changes since this cursor aren't all known any more. Take a new cursor, then read all people, groups, \
         and memberships, and delete whatever isn't among them"
    )]
    ReadAgain,
    /// The database doesn't respond.
    #[error(transparent)]
    Store(#[from] StoreError),
}
