//! `binary` values, RFC 7643 §2.3.6: base64 texts.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding may be missing, and what a sloppy encoder left in the last bits is ignored.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// Whether a text is base64, in the standard or the URL-safe alphabet, with or without padding; decodes nothing.
///
/// ```
/// use scim_core::value::binary;
///
/// assert!(binary::is_valid("SGk_") && binary::is_valid("SGk/") && binary::is_valid("SGk="));
/// assert!(!binary::is_valid("S G k") && !binary::is_valid("S"));
/// ```
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1);
    let padding = bytes.len() - digits;
    let Some(digits) = bytes.get(..digits) else { return false };
    let (mut standard, mut url_safe) = (false, false);
    for digit in digits {
        match digit {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => {}
            b'+' | b'/' => standard = true,
            b'-' | b'_' => url_safe = true,
            _ => return false,
        }
    }
    let fits = match digits.len() % 4 {
        0 => padding == 0,
        2 => padding == 0 || padding == 2,
        3 => padding <= 1,
        _ => false,
    };
    fits && !(standard && url_safe)
}

/// The bytes that a base64 text stands for, in either alphabet; `None` when it is none.
///
/// ```
/// use scim_core::value::binary;
///
/// assert_eq!(binary::decode("SGk"), Some(b"Hi".to_vec()));
/// ```
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if !is_valid(text) {
        return None;
    }
    let engine = if text.bytes().any(|b| matches!(b, b'-' | b'_')) { URL_SAFE } else { STANDARD };
    engine.decode(text).ok()
}

/// The base64 text of some bytes: standard alphabet, padded.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn section_2_3_6_forms() {
        for text in ["", "TQ==", "TQ", "TWE=", "TWE", "TWFu", "+/+/", "-_-_"] {
            assert!(is_valid(text) && decode(text).is_some(), "{text}");
        }
        for text in ["T", "TQ=", "TWE==", "TWFu=", "TWFu====", "T=WE", "+-AA", "TW u", "TWé", "===="] {
            assert!(!is_valid(text) && decode(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decodes_what_it_encodes(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn valid_is_decodable(text in "[A-Za-z0-9+/=_-]{0,12}") {
            prop_assert_eq!(is_valid(&text), decode(&text).is_some());
        }
    }
}
