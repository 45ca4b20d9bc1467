-- More than one connection. `organization` '' means that it is called like the connection, as for one that the version
-- before wrote. `listed` ones are offered to whoever signs in; `place` is the order.
ALTER TABLE okta_connection ADD COLUMN organization TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_connection ADD COLUMN enabled BIGINT NOT NULL DEFAULT 1;
ALTER TABLE okta_connection ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE okta_connection ADD COLUMN place BIGINT NOT NULL DEFAULT 0;

-- The role tables, as JSON. That of the connection `okta` stays the setting `roles`, where the version before has it.
CREATE TABLE okta_role_table (
    connection TEXT PRIMARY KEY NOT NULL,
    content TEXT NOT NULL
);

-- Who is signed in through a connection, and who has not used it for too long.
CREATE INDEX okta_session_connection ON okta_session (connection_id);

-- The named admins of every other connection than `okta`, whose table stays `okta_admin`: whoever is in that is an admin
-- of the whole app to the version before.
CREATE TABLE okta_connection_admin (
    connection TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    since BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (connection, issuer, subject)
);

-- Rights to set up one connection and to become its admin: the settings stay open for an admin of it who replaced its
-- Okta app, and lost their sign-in with it. `code_hash` is empty where nobody was given a code.
CREATE TABLE okta_connection_setup (
    id TEXT PRIMARY KEY NOT NULL,
    connection TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);

-- Groups of people who signed in, as choices for the role table of the connection that they came through: what one
-- organization calls its groups is no choice for another. The version before goes on with `okta_group_seen`.
CREATE TABLE okta_connection_group (
    connection TEXT NOT NULL,
    name TEXT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (connection, name)
);

CREATE INDEX okta_connection_group_last_seen ON okta_connection_group (connection, last_seen);

INSERT INTO okta_connection_group (connection, name, last_seen) SELECT 'okta', name, last_seen FROM okta_group_seen;
