-- Tokens with which programs change the settings. `hash` is of the token, which is stored nowhere. `connection` is the one
-- in whose settings it was made; `scope`, a JSON list of connections, is '' if it is good for the whole app.
CREATE TABLE okta_admin_token (
    id TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL,
    connection TEXT NOT NULL,
    scope TEXT NOT NULL,
    access TEXT NOT NULL,
    name TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX okta_admin_token_hash ON okta_admin_token (hash);
CREATE INDEX okta_admin_token_connection ON okta_admin_token (connection, made_at);
