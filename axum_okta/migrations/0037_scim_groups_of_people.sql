-- With the group in it, whose groups are asked for is read from this index alone, in order. Without, SQLite rather read all
-- memberships of the connection, which are in order, too.
CREATE INDEX okta_scim_member_person_group ON okta_scim_member (connection, person_id, group_id);

DROP INDEX okta_scim_member_person;
