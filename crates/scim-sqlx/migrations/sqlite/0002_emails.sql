-- Who has which address, by the first hundred characters of its key: `emails` are what people are looked up by beside the
-- columns above, and SQLite has no index of what is in a document.
CREATE TABLE scim_emails (
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, key, seq)
) WITHOUT ROWID;
CREATE TRIGGER scim_emails_come AFTER INSERT ON scim_resources BEGIN
    INSERT OR IGNORE INTO scim_emails (tenant, type, key, seq)
    SELECT new.tenant, new.type, substr(json_extract(e.value, '$.value'), 1, 100), new.seq
    FROM json_each(new.search, '$.emails') e
    WHERE e.type = 'object' AND json_extract(e.value, '$.value') IS NOT NULL;
END;
CREATE TRIGGER scim_emails_go AFTER DELETE ON scim_resources BEGIN
    DELETE FROM scim_emails WHERE tenant = old.tenant AND type = old.type AND seq = old.seq AND key IN (
        SELECT substr(json_extract(e.value, '$.value'), 1, 100)
        FROM json_each(old.search, '$.emails') e WHERE e.type = 'object');
END;
CREATE TRIGGER scim_emails_change AFTER UPDATE OF search ON scim_resources
WHEN json_extract(old.search, '$.emails') IS NOT json_extract(new.search, '$.emails') BEGIN
    DELETE FROM scim_emails WHERE tenant = old.tenant AND type = old.type AND seq = old.seq AND key IN (
        SELECT substr(json_extract(e.value, '$.value'), 1, 100)
        FROM json_each(old.search, '$.emails') e WHERE e.type = 'object');
    INSERT OR IGNORE INTO scim_emails (tenant, type, key, seq)
    SELECT new.tenant, new.type, substr(json_extract(e.value, '$.value'), 1, 100), new.seq
    FROM json_each(new.search, '$.emails') e
    WHERE e.type = 'object' AND json_extract(e.value, '$.value') IS NOT NULL;
END;

-- What is there already.
INSERT OR IGNORE INTO scim_emails (tenant, type, key, seq)
SELECT r.tenant, r.type, substr(json_extract(e.value, '$.value'), 1, 100), r.seq
FROM scim_resources r, json_each(r.search, '$.emails') e
WHERE e.type = 'object' AND json_extract(e.value, '$.value') IS NOT NULL;
