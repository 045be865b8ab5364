//! Cursors that nobody else could have made: RFC 9865 §2 and §5.2.

/// The secret that cursors are sealed with: 32 random bytes.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);
