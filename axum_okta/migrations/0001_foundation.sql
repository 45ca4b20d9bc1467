-- One SQL text for SQLite and PostgreSQL: TEXT and BIGINT only; moments are seconds since 1970.

CREATE TABLE okta_setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE okta_connection (
    name TEXT PRIMARY KEY NOT NULL,
    id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    connected_at BIGINT NOT NULL
);

-- At most one setup code is alive; its id is what a session that entered it remembers.
CREATE TABLE okta_setup (
    slot BIGINT PRIMARY KEY NOT NULL CHECK (slot = 1),
    id TEXT NOT NULL,
    code_hash TEXT NOT NULL
);

CREATE TABLE okta_admin (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE TABLE okta_sign_in_attempt (
    state TEXT PRIMARY KEY NOT NULL,
    browser TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- In microseconds, for the order.
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX okta_sign_in_attempt_browser ON okta_sign_in_attempt (browser, created_at);
CREATE INDEX okta_sign_in_attempt_expires_at ON okta_sign_in_attempt (expires_at);
