//! Cursors that nobody else could have made, for the query they were made for: RFC 9865 §2, §2.1 and §5.2.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use scim_core::{ScimError, TenantId};
use scim_filter::query::{Cursor, SortOrder};
use sha2::Sha256;

use crate::secret::{KeyError, random};

/// The secret that cursors are sealed with (RFC 9865 §5.2): 32 random bytes, the same in every process that answers for the
/// same data.
///
/// It never prints. What a store writes into a cursor is sealed, not hidden: a client can read it. A store that goes on after
/// the value of an attribute writes a key of its own there instead, where that value is personal.
///
/// ```
/// use scim_server::CursorKey;
///
/// // As `openssl rand -base64 32` prints it.
/// let key = CursorKey::from_text("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")?;
/// assert_eq!(format!("{key:?}"), "CursorKey(..)");
/// # Ok::<(), scim_server::KeyError>(())
/// ```
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// These bytes, which have to be random.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new key: cursors do not outlive the process then.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<Self, KeyError> {
        random().map(Self)
    }

    /// Reads a key from base64, of either alphabet, with or without padding.
    ///
    /// # Errors
    /// [`KeyError::NotBase64`] unless it is 32 bytes, and [`KeyError::Zeros`].
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_ascii();
        let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
        let bytes = engines.iter().find_map(|engine| engine.decode(text).ok()).ok_or(KeyError::NotBase64)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyError::NotBase64)?;
        if bytes == [0; 32] { Err(KeyError::Zeros) } else { Ok(Self(bytes)) }
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

/// The query that a cursor belongs to, and who asked it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding<'a> {
    pub(crate) tenant: &'a TenantId,
    /// The endpoint or the resource type.
    pub(crate) target: &'a str,
    /// In its canonical form.
    pub(crate) filter: Option<&'a str>,
    /// The canonical path, and which way.
    pub(crate) sort: Option<(&'a str, SortOrder)>,
    pub(crate) subject: Option<&'a str>,
}

/// Seals the cursors of stores, and opens what clients send.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    key: CursorKey,
    timeout: Duration,
}

/// The longest cursor that is looked at, in bytes.
const MAX_LEN: usize = 4 * 1024;
const VERSION: u8 = 1;
/// The version and the time of issue.
const HEAD_LEN: usize = 1 + 8;
const MAC_LEN: usize = 32;
/// The longest text of a store's that fits.
const MAX_INNER: usize = MAX_LEN / 4 * 3 - HEAD_LEN - MAC_LEN;
/// So far may the clocks of two processes differ.
const SKEW_MILLIS: i64 = 5 * 60 * 1000;

impl Seal {
    /// Cursors are good for an hour.
    pub(crate) fn new(key: CursorKey) -> Self {
        Self { key, timeout: Duration::from_secs(3600) }
    }

    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a cursor is good, for `cursorTimeout` (RFC 9865 §4).
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The cursor that the client gets for a store's.
    ///
    /// # Errors
    /// 500 for a store's cursor that is too long.
    pub(crate) fn seal(
        &self,
        inner: &Cursor,
        binding: &Binding<'_>,
        now: DateTime<Utc>,
    ) -> Result<Cursor, ScimError> {
        let inner = inner.as_str();
        if inner.len() > MAX_INNER {
            let message = format!("a cursor of a store is longer than {MAX_INNER} bytes");
            return Err(ScimError::internal(message));
        }
        let mut sealed = Vec::with_capacity(HEAD_LEN + MAC_LEN + inner.len());
        sealed.push(VERSION);
        sealed.extend(now.timestamp_millis().to_be_bytes());
        let mac = self.mac(&sealed, binding, inner.as_bytes()).finalize();
        sealed.extend_from_slice(&mac.into_bytes());
        sealed.extend_from_slice(inner.as_bytes());
        URL_SAFE_NO_PAD.encode(sealed).parse()
    }

    /// The store's cursor in one that a client sent.
    ///
    /// # Errors
    /// `invalidCursor` for what was not sealed here for this query, `expiredCursor` for what was, too long ago (RFC 9865 §2.1).
    pub(crate) fn open(
        &self,
        sent: &Cursor,
        binding: &Binding<'_>,
        now: DateTime<Utc>,
    ) -> Result<Cursor, ScimError> {
        let invalid = || ScimError::invalid_cursor("the cursor does not belong to this query");
        let sent = sent.as_str();
        if sent.len() > MAX_LEN {
            return Err(invalid());
        }
        let sealed = URL_SAFE_NO_PAD.decode(sent).map_err(|_| invalid())?;
        let (head, rest) = sealed.split_first_chunk::<HEAD_LEN>().ok_or_else(invalid)?;
        let (mac, inner) = rest.split_first_chunk::<MAC_LEN>().ok_or_else(invalid)?;
        let [version, issued @ ..] = *head;
        // Takes the same time whatever is different, and comes before anything that is sealed is believed.
        self.mac(head, binding, inner).verify_slice(mac).map_err(|_| invalid())?;
        let age = now.timestamp_millis().saturating_sub(i64::from_be_bytes(issued));
        if version != VERSION || age < -SKEW_MILLIS {
            return Err(invalid());
        }
        if age > i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX) {
            return Err(ScimError::expired_cursor("the cursor has expired: start with the first page again"));
        }
        std::str::from_utf8(inner).ok().and_then(|inner| inner.parse().ok()).ok_or_else(invalid)
    }

    /// Over all that decides what the cursor means. Lengths stand before texts, so that no two queries look alike.
    fn mac(&self, head: &[u8], binding: &Binding<'_>, inner: &[u8]) -> Hmac<Sha256> {
        // RFC 2104 §2 fills the key up with zeros; done here, no length can be wrong.
        let mut block = [0; 64];
        block.iter_mut().zip(self.key.0).for_each(|(to, from)| *to = from);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        let mut add = |field: Option<&[u8]>| match field {
            Some(bytes) => {
                mac.update(&[1]);
                mac.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                mac.update(bytes);
            }
            None => mac.update(&[0]),
        };
        add(Some(b"scim-server cursor"));
        add(Some(head));
        add(Some(binding.tenant.as_str().as_bytes()));
        add(Some(binding.target.as_bytes()));
        add(binding.filter.map(str::as_bytes));
        add(binding.sort.map(|(path, _)| path.as_bytes()));
        add(binding.sort.map(|(_, order)| match order {
            SortOrder::Ascending => &b"ascending"[..],
            SortOrder::Descending => &b"descending"[..],
        }));
        add(binding.subject.map(str::as_bytes));
        add(Some(inner));
        mac
    }
}

#[cfg(test)]
#[path = "cursor_tests.rs"]
mod tests;
