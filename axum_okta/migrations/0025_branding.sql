-- How an organization looks on our own pages, as JSON.
CREATE TABLE okta_organization (
    organization TEXT PRIMARY KEY NOT NULL,
    branding TEXT NOT NULL
);
