//! Bulk requests, RFC 7644 §3.7: each operation through the same handlers as a request of its own.
