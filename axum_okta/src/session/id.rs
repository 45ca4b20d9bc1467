//! Session ids that tell by themselves whether this app made them: an invented one costs no look
//! into the database.
//!
//! Of 128 bits, 80 are random and 48 follow from those and the app's key. Nobody without the key
//! can make one, and with the random part alone nobody guesses another's.

use tower_sessions::session::Id;

use crate::store::Store;

const RANDOM_BYTES: usize = 10;
const ID_BYTES: usize = 16;

pub(super) fn new(store: &Store) -> Id {
    with_tag(store, rand::random())
}

/// Whether this app made it. Ids of the first releases have no tag; they count for as long as there
/// may be any.
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
