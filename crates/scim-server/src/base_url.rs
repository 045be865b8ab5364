//! Where the service is, as its clients see it.
