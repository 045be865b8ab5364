-- What jobs remember. Keys are bytes, so that they are compared byte by byte.
CREATE TABLE scim_sync_state (
    key BLOB NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What was done and why. The record is the whole of it, as JSON; the columns are there to be searched by.
CREATE TABLE scim_sync_log (
    number INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL,
    cycle_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX scim_sync_log_by_cycle ON scim_sync_log (cycle_id, status, number);
CREATE INDEX scim_sync_log_by_status ON scim_sync_log (status, number);
CREATE INDEX scim_sync_log_by_source ON scim_sync_log (source_id, number);
CREATE INDEX scim_sync_log_by_time ON scim_sync_log (at_ms);
