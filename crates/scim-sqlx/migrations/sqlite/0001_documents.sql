-- The key that cursors are sealed with, and the like.
CREATE TABLE scim_settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE scim_resources (
    -- The order in which resources came to be.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    ownership INTEGER NOT NULL,
    retired INTEGER NOT NULL,
    -- Keys to find by; what others call it; how many members there are.
    external_id TEXT,
    user_name TEXT,
    display_name TEXT,
    label TEXT,
    members INTEGER NOT NULL,
    -- What is answered, and what is searched.
    doc TEXT NOT NULL,
    search TEXT NOT NULL
);
CREATE UNIQUE INDEX scim_resources_id ON scim_resources (tenant, id);
CREATE INDEX scim_resources_order ON scim_resources (tenant, type, retired, seq);
CREATE INDEX scim_resources_external_id ON scim_resources (tenant, type, retired, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX scim_resources_user_name ON scim_resources (tenant, type, retired, user_name)
    WHERE user_name IS NOT NULL;
CREATE INDEX scim_resources_display_name ON scim_resources (tenant, type, retired, display_name)
    WHERE display_name IS NOT NULL;

-- Who has which value of what is unique.
CREATE TABLE scim_unique (
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    attribute TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (tenant, type, attribute, key)
) WITHOUT ROWID;

CREATE TABLE scim_members (
    tenant TEXT NOT NULL,
    group_id TEXT NOT NULL,
    pos INTEGER NOT NULL,
    value TEXT NOT NULL,
    -- The other sub-attributes, as they are answered and as they are searched.
    element TEXT,
    search TEXT,
    PRIMARY KEY (tenant, group_id, pos)
) WITHOUT ROWID;
CREATE INDEX scim_members_in_group ON scim_members (tenant, group_id, value);
CREATE INDEX scim_members_of ON scim_members (tenant, value, group_id);

CREATE TABLE scim_outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    xact INTEGER NOT NULL DEFAULT 0,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    changed TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX scim_outbox_order ON scim_outbox (xact, seq);
CREATE INDEX scim_outbox_tenant ON scim_outbox (tenant, xact, seq);

-- API keys: never a key itself.
CREATE TABLE scim_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT,
    scopes TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT
) WITHOUT ROWID;
CREATE INDEX scim_tokens_tenant ON scim_tokens (tenant, id);
