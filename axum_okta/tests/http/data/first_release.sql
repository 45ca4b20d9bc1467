BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'foundation','2026-11-22 11:40:57',1,X'241BF5F5CE63E5A0C4A73B7D8E242A7CE97AEC59DCAEE2C5D0324C643095ED1DA6FA56713EF64525B81685248673399E',1832456);
CREATE TABLE okta_admin (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
INSERT INTO "okta_admin" VALUES('http://127.0.0.1:41233','00u1ada',1795347657);
CREATE TABLE okta_connection (
    name TEXT PRIMARY KEY NOT NULL,
    id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    connected_at BIGINT NOT NULL
);
INSERT INTO "okta_connection" VALUES('okta','8bR_h8Y2ym2R_8FpQBhD7VXBuTY4puYxxoIAREN4w1w','http://127.0.0.1:41233','0oa1testclient','LLsndWkHHolJAuPDfphVjjZuJJOaeUv0TZ9+MkuVQTFBRTPufbGlNoaiwSzKgWKperQZpblTs8k=',1795347657);
CREATE TABLE okta_setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);
INSERT INTO "okta_setting" VALUES('key_check','DnCw/Sfg+piwxilq5L4S2vGepRmhJQtP++k/H18T5synDBPSnbNDf3QQMc0R/u2fOA==');
CREATE TABLE okta_setup (
    slot BIGINT PRIMARY KEY NOT NULL CHECK (slot = 1),
    id TEXT NOT NULL,
    code_hash TEXT NOT NULL
);
CREATE TABLE okta_sign_in_attempt (
    state TEXT PRIMARY KEY NOT NULL,
    browser TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- In microseconds, for the order.
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE tower_sessions
            (
                id text primary key not null,
                data blob not null,
                expiry_date integer not null
            );
CREATE INDEX okta_sign_in_attempt_browser ON okta_sign_in_attempt (browser, created_at);
CREATE INDEX okta_sign_in_attempt_expires_at ON okta_sign_in_attempt (expires_at);
COMMIT;
