-- The connections for which provisioning was ever turned on. About the people of all others nothing has to be looked up
-- when their sessions are read.
CREATE TABLE okta_scim_connection (
    connection TEXT PRIMARY KEY NOT NULL,
    since BIGINT NOT NULL
);

INSERT INTO okta_scim_connection (connection, since)
    SELECT connection, MIN(since) FROM (
        SELECT connection, created_at AS since FROM okta_scim_token
        UNION ALL SELECT connection, created_at AS since FROM okta_scim_resource
        UNION ALL SELECT connection, deleted_at AS since FROM okta_scim_former
    ) AS known GROUP BY connection;

-- Who may get tokens by OAuth 2 client credentials. `key_set` is a JWK set of public keys.
CREATE TABLE okta_scim_client (
    id TEXT PRIMARY KEY NOT NULL,
    connection TEXT NOT NULL,
    key_set TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX okta_scim_client_connection ON okta_scim_client (connection);

-- The client that a token was given to, or ''; and when it stops to count, or 0.
ALTER TABLE okta_scim_token ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_scim_token ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
