-- What has changed of people, groups, and memberships, in the order of the commits: they are numbered right before they are
-- committed, one after the other. `what` is person, person_deleted, group, group_deleted, member, member_removed, or
-- connection_deleted, and ids are '' where none is meant. `external_id` is that of a deleted person.
CREATE TABLE okta_scim_change (
    number BIGINT PRIMARY KEY NOT NULL,
    connection TEXT NOT NULL,
    what TEXT NOT NULL,
    group_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX okta_scim_change_connection ON okta_scim_change (connection, number);
CREATE INDEX okta_scim_change_at ON okta_scim_change (at);

-- One row: the newest number, and the newest one whose change is no longer kept.
CREATE TABLE okta_scim_position (
    id BIGINT PRIMARY KEY NOT NULL,
    newest BIGINT NOT NULL,
    forgotten BIGINT NOT NULL
);

INSERT INTO okta_scim_position (id, newest, forgotten) VALUES (1, 0, 0);

-- The ID of the person or group that a request was about; '' where it was about none.
ALTER TABLE okta_scim_request ADD COLUMN resource TEXT NOT NULL DEFAULT '';

CREATE INDEX okta_scim_request_resource ON okta_scim_request (connection, resource, id);
