CREATE TABLE users (
    id INTEGER PRIMARY KEY NOT NULL,
    login TEXT UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    created_at DATETIME NOT NULL
);

CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id),
    expires_at DATETIME NOT NULL
);

CREATE TABLE posts (
    id INTEGER PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    created_at DATETIME NOT NULL
);
