-- How often setup codes were tried, for all servers together. `address_hash` is a hash with the app's key. `free_at` is
-- when an address has all of its attempts again, in microseconds.
CREATE TABLE okta_setup_attempt (
    address_hash TEXT PRIMARY KEY NOT NULL,
    free_at BIGINT NOT NULL
);

CREATE INDEX okta_setup_attempt_free_at ON okta_setup_attempt (free_at);
