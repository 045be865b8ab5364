//! Cursors that nobody else could have made: RFC 9865 §2 and §5.2.

/// The secret that cursors are sealed with: 32 random bytes.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}
