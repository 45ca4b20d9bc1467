-- For the requests that were refused, and their number: the log of a large import has hundreds of thousands of others.
CREATE INDEX okta_scim_request_refused ON okta_scim_request (connection, refused, id);
