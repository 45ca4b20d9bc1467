-- Who did what, when and from where. `entry` is JSON; it holds no secret.
CREATE TABLE okta_audit (
    id TEXT PRIMARY KEY NOT NULL,
    -- In microseconds, for the order.
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    entry TEXT NOT NULL
);

CREATE INDEX okta_audit_at ON okta_audit (at, id);
CREATE INDEX okta_audit_event ON okta_audit (event, at);
