-- The key that cursors are sealed with, and the like.
CREATE TABLE scim_settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE scim_resources (
    -- The order in which resources came to be.
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    modified TEXT COLLATE "C" NOT NULL,
    ownership BIGINT NOT NULL,
    retired BIGINT NOT NULL,
    -- Keys to find by; what others call it; how many members there are.
    external_id TEXT COLLATE "C",
    user_name TEXT COLLATE "C",
    display_name TEXT COLLATE "C",
    label TEXT COLLATE "C",
    members BIGINT NOT NULL,
    -- What is answered, and what is searched.
    doc TEXT COLLATE "C" NOT NULL,
    search JSONB NOT NULL,
    CONSTRAINT scim_resources_id PRIMARY KEY (tenant, id)
);
CREATE INDEX scim_resources_order ON scim_resources (tenant, type, retired, seq);
CREATE INDEX scim_resources_external_id ON scim_resources (tenant, type, retired, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX scim_resources_user_name ON scim_resources (tenant, type, retired, user_name)
    WHERE user_name IS NOT NULL;
CREATE INDEX scim_resources_display_name ON scim_resources (tenant, type, retired, display_name)
    WHERE display_name IS NOT NULL;

-- Any `eq`, and a conjunction of them about one element, is one look-up. What was just written is
-- in it like all else, rather than in a list that every look-up goes through.
CREATE INDEX scim_resources_search ON scim_resources USING gin (search jsonb_path_ops) WITH (fastupdate = off);

-- Who has which value of what is unique.
CREATE TABLE scim_unique (
    tenant TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, type, attribute, key)
);

CREATE TABLE scim_members (
    tenant TEXT COLLATE "C" NOT NULL,
    group_id TEXT COLLATE "C" NOT NULL,
    pos BIGINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    -- The other sub-attributes, as they are answered and as they are searched.
    element TEXT COLLATE "C",
    search JSONB,
    PRIMARY KEY (tenant, group_id, pos)
);
CREATE INDEX scim_members_in_group ON scim_members (tenant, group_id, value);
CREATE INDEX scim_members_of ON scim_members (tenant, value, group_id);

CREATE TABLE scim_outbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The transaction: a reader takes only what no earlier one can still add to.
    xact BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    tenant TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    changed TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL
);
CREATE INDEX scim_outbox_order ON scim_outbox (xact, seq);
CREATE INDEX scim_outbox_tenant ON scim_outbox (tenant, xact, seq);

-- API keys: never a key itself.
CREATE TABLE scim_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    scopes TEXT COLLATE "C" NOT NULL,
    created TEXT COLLATE "C" NOT NULL,
    expires TEXT COLLATE "C"
);
CREATE INDEX scim_tokens_tenant ON scim_tokens (tenant, id);
