-- Requests of programs that may be sent again, for a day. `key_hash` is of who sent it and its `Idempotency-Key`;
-- `response`, encrypted, is '' while the request is under way.
CREATE TABLE okta_idempotent_request (
    key_hash TEXT PRIMARY KEY NOT NULL,
    caller_hash TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    response TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);

CREATE INDEX okta_idempotent_request_caller ON okta_idempotent_request (caller_hash, sent_at);
CREATE INDEX okta_idempotent_request_ends_at ON okta_idempotent_request (ends_at);
