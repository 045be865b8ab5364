-- The application's own tables. What SCIM asks for beyond what was there is marked with (SCIM).

CREATE TABLE IF NOT EXISTS users (
    -- Any id will do that is never used again. It must not be the id of a team, too: where both count 1, 2, 3, give one of them
    -- a column with a UUID (SCIM).
    id          TEXT PRIMARY KEY,
    company     TEXT NOT NULL,
    login       TEXT NOT NULL,
    full_name   TEXT,
    email       TEXT,
    enabled     BOOLEAN NOT NULL,
    created_at  TEXT NOT NULL,

    external_id TEXT,             -- (SCIM) what the directory of the customer calls the user
    login_key   TEXT NOT NULL,    -- (SCIM) the login as it compares: `BJensen` and `bjensen` are one
    email_key   TEXT,             -- (SCIM)
    revision    INTEGER NOT NULL, -- (SCIM) counts the changes, for ETag and If-Match

    UNIQUE (company, login_key)
);
CREATE INDEX IF NOT EXISTS users_external_id ON users (company, external_id);

CREATE TABLE IF NOT EXISTS teams (
    id          TEXT PRIMARY KEY,
    company     TEXT NOT NULL,
    name        TEXT NOT NULL,

    external_id TEXT,             -- (SCIM)
    name_key    TEXT NOT NULL,    -- (SCIM)
    revision    INTEGER NOT NULL  -- (SCIM)
);
CREATE INDEX IF NOT EXISTS teams_name_key ON teams (company, name_key);

CREATE TABLE IF NOT EXISTS team_members (
    team_id     TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX IF NOT EXISTS team_members_of_user ON team_members (user_id);

CREATE TABLE IF NOT EXISTS sessions (
    token       TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
