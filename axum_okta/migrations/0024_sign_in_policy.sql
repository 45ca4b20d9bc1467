-- Who may sign in through a connection, as JSON. '': everybody whom Okta lets in.
ALTER TABLE okta_connection ADD COLUMN sign_in_policy TEXT NOT NULL DEFAULT '';
