-- What Okta pushes by SCIM 2.0. `kind` is User or Group. `name_key` is the userName or displayName as it is compared, in
-- lower case; `external_id` is '' where there is none. `content` is the resource as JSON, as it was sent, without what the
-- other columns and tables have. Ids begin with the time of creation, so that their order is the order of pages.
CREATE TABLE okta_scim_resource (
    connection TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    external_id TEXT NOT NULL,
    active BIGINT NOT NULL,
    content TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (connection, kind, id)
);

CREATE UNIQUE INDEX okta_scim_resource_name ON okta_scim_resource (connection, kind, name_key);
CREATE INDEX okta_scim_resource_external_id ON okta_scim_resource (connection, kind, external_id);
-- A person signs in as one subject, and is one person.
CREATE UNIQUE INDEX okta_scim_resource_subject ON okta_scim_resource (connection, external_id)
    WHERE kind = 'User' AND external_id <> '';

-- Who is in which group.
CREATE TABLE okta_scim_member (
    connection TEXT NOT NULL,
    group_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (connection, group_id, person_id)
);

CREATE INDEX okta_scim_member_person ON okta_scim_member (connection, person_id);

-- The subjects of people who were deleted, and may not sign in.
CREATE TABLE okta_scim_former (
    connection TEXT NOT NULL,
    subject TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (connection, subject)
);

-- The bearer tokens that Okta is given, hashed.
CREATE TABLE okta_scim_token (
    id TEXT PRIMARY KEY NOT NULL,
    connection TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at BIGINT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX okta_scim_token_hash ON okta_scim_token (token_hash);
CREATE INDEX okta_scim_token_connection ON okta_scim_token (connection);

-- The requests, newest last. `entry` is JSON, without secrets.
CREATE TABLE okta_scim_request (
    connection TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (connection, id)
);

CREATE INDEX okta_scim_request_at ON okta_scim_request (at);
