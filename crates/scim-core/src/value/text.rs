//! Comparison of strings, RFC 7643 §2.3.1 and RFC 7644 §3.4.2.2.
//!
//! Where `caseExact` is false, two strings are equal when they are the same after Unicode case folding of their
//! canonical form, so that `Ä`, `ä` and `a` with a combining diaeresis are one. The literal of a filter is folded
//! once with [`fold`]; the functions here then compare stored values with that key and allocate nothing.

use std::borrow::Cow;
use std::cmp::Ordering;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The text that stands for all texts equal to this one but for case: the key of a unique index.
///
/// ```
/// use scim_core::value::text::fold;
///
/// assert_eq!(fold("BJensen@Example.COM"), "bjensen@example.com");
/// assert_eq!(fold("STRASSE"), fold("Straße"));
/// assert_eq!(fold("A\u{308}"), fold("ä"));
/// ```
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(folded(text).collect());
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// Canonical decomposition, full case folding, canonical composition.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().nfd().default_case_fold().nfc()
}

/// Whether two texts are equal, with or without regard to case.
#[must_use]
pub fn eq(a: &str, b: &str, exact: bool) -> bool {
    if exact {
        a == b
    } else if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        folded(a).eq(folded(b))
    }
}

/// Orders two texts by code points, with or without regard to case; no locale (RFC 7644 §3.4.2.3).
#[must_use]
pub fn cmp(a: &str, b: &str, exact: bool) -> Ordering {
    if exact {
        a.cmp(b)
    } else if a.is_ascii() && b.is_ascii() {
        lower(a).cmp(lower(b))
    } else {
        folded(a).cmp(folded(b))
    }
}

fn lower(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().map(|b| b.to_ascii_lowercase())
}

/// Whether a text folds to this key.
#[must_use]
pub fn eq_folded(text: &str, key: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(key) } else { folded(text).eq(key.chars()) }
}

/// Orders what a text folds to against a key.
#[must_use]
pub fn cmp_folded(text: &str, key: &str) -> Ordering {
    if text.is_ascii() { lower(text).cmp(key.bytes()) } else { folded(text).cmp(key.chars()) }
}

/// Whether what a text folds to starts with a key.
#[must_use]
pub fn starts_with_folded(text: &str, key: &str) -> bool {
    if text.is_ascii() {
        return text
            .as_bytes()
            .get(..key.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(key.as_bytes()));
    }
    let mut text = folded(text);
    key.chars().all(|c| text.next() == Some(c))
}

/// Whether what a text folds to ends with a key.
#[must_use]
pub fn ends_with_folded(text: &str, key: &str) -> bool {
    if text.is_ascii() {
        let start = text.len().checked_sub(key.len());
        return start
            .and_then(|start| text.as_bytes().get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(key.as_bytes()));
    }
    let skip = folded(text).count().checked_sub(key.chars().count());
    skip.is_some_and(|skip| folded(text).skip(skip).eq(key.chars()))
}

/// Whether what a text folds to contains a key.
///
/// Allocates only where the search would not be linear otherwise, or the text is long and not ASCII.
#[must_use]
pub fn contains_folded(text: &str, key: &str) -> bool {
    /// What is shorter is searched letter by letter.
    const SHORT: usize = 256;
    const SHORT_KEY: usize = 64;
    if key.is_empty() {
        return true;
    }
    if text.is_ascii() {
        if text.len() <= SHORT || key.len() <= SHORT_KEY {
            return text.as_bytes().windows(key.len()).any(|part| part.eq_ignore_ascii_case(key.as_bytes()));
        }
    } else if text.len() <= SHORT {
        let mut buffer = [0; 2 * SHORT];
        if let Some(folded) = fold_into(text, &mut buffer) {
            return folded.windows(key.len()).any(|part| part == key.as_bytes());
        }
    }
    fold(text).contains(key)
}

/// What a text folds to, in UTF-8, if there is room for it.
fn fold_into<'b>(text: &str, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let mut len = 0;
    for c in folded(text) {
        let end = len + c.len_utf8();
        c.encode_utf8(buffer.get_mut(len..end)?);
        len = end;
    }
    buffer.get(..len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds_as_unicode_says() {
        for (a, b) in [
            ("Ünïcode", "üNÏCODE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("straße", "STRASSE"),
            ("\u{212a}elvin", "kelvin"),
            ("ﬃ", "ffi"),
            ("e\u{301}", "É"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
            assert!(eq(a, b, false) && !eq(a, b, true));
            assert!(eq_folded(a, &fold(b)) && eq_folded(b, &fold(a)));
        }
        assert!(!eq("a", "á", false));
    }

    #[test]
    fn a_composed_letter_does_not_start_with_its_base() {
        assert!(!starts_with_folded("é", "e"));
        assert!(starts_with_folded("École", &fold("éC")));
        assert!(ends_with_folded("CAFÉ", &fold("fé")));
        assert!(!ends_with_folded("e", "cafe"));
    }

    #[test]
    fn long_texts_are_searched_in_linear_time() {
        let text = "a".repeat(1 << 20);
        let key = format!("{}b", "a".repeat(1 << 14));
        assert!(!contains_folded(&text, &key));
        assert!(contains_folded(&(text + "B"), &key));
    }

    #[test]
    fn every_way_to_search_finds_the_same() {
        for filler in [10, 200, 300, 600] {
            for (text, key) in [("Straße", "STRASSE"), ("Ünï", "ünï"), ("plain", "LAI"), ("ﬃ", "fi")] {
                let text = format!("{}{text}{}", "x".repeat(filler), "y".repeat(filler));
                let key = fold(key);
                assert!(contains_folded(&text, &key), "{key} {filler}");
                assert!(!contains_folded(&text, &format!("{key}z")));
                assert!(!contains_folded(&text, &format!("{key}{}", "z".repeat(80))));
            }
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,12}") {
            let once = fold(&text).into_owned();
            prop_assert_eq!(fold(&once).into_owned(), once);
        }

        #[test]
        fn key_and_text_functions_agree(a in "[aAbBäÄßs]{0,6}", b in "[aAbBäÄßs]{0,3}") {
            let (fa, fb) = (fold(&a).into_owned(), fold(&b).into_owned());
            prop_assert_eq!(eq(&a, &b, false), fa == fb);
            prop_assert_eq!(eq_folded(&a, &fb), fa == fb);
            prop_assert_eq!(cmp(&a, &b, false), fa.cmp(&fb));
            prop_assert_eq!(cmp_folded(&a, &fb), fa.cmp(&fb));
            prop_assert_eq!(starts_with_folded(&a, &fb), fa.starts_with(&fb));
            prop_assert_eq!(ends_with_folded(&a, &fb), fa.ends_with(&fb));
            prop_assert_eq!(contains_folded(&a, &fb), fa.contains(&fb));
        }
    }
}
