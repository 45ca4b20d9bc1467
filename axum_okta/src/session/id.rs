//! Session ids that show whether this app created them: an invented one costs no query.
//!
//! Of 128 bits, 80 are random and 48 are derived from those and the app's key. Without the key
//! nobody can create one, and the random part is long enough that nobody can guess one.

use tower_sessions::session::Id;

use crate::store::Store;

const RANDOM_BYTES: usize = 10;
const ID_BYTES: usize = 16;

pub(super) fn new(store: &Store) -> Id {
    with_tag(store, rand::random())
}

/// Whether this app created it. Ids of the first releases have no tag; they are accepted as long as
/// any may be left.
pub(super) fn is_ours(store: &Store, id: &Id) -> bool {
    let mut random = [0; RANDOM_BYTES];
    random.copy_from_slice(&id.0.to_le_bytes()[..RANDOM_BYTES]);
    with_tag(store, random) == *id || store.accepts_former_sessions()
}

fn with_tag(store: &Store, random: [u8; RANDOM_BYTES]) -> Id {
    let tag = store.tag(&random);
    let mut bytes = [0; ID_BYTES];
    bytes[..RANDOM_BYTES].copy_from_slice(&random);
    bytes[RANDOM_BYTES..].copy_from_slice(&tag[..ID_BYTES - RANDOM_BYTES]);
    Id(i128::from_le_bytes(bytes))
}
