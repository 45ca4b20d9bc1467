-- Sessions by a hash of their id, their content encrypted.
CREATE TABLE okta_session (
    id_hash TEXT PRIMARY KEY NOT NULL,
    content TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX okta_session_expires_at ON okta_session (expires_at);

-- Sign-ins under way are kept by the browser. Their table stays, unused, for a server of the version before that may
-- still run beside this one.
CREATE TABLE okta_used_state (
    state_hash TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX okta_used_state_expires_at ON okta_used_state (expires_at);
