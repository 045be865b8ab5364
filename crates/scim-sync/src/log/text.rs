//! Texts of other people, as they may stand in a file, a mail or a terminal.

use std::borrow::Cow;

use serde_json::Value;

/// A text of somebody else's on one line, without what a terminal would obey: line breaks and tabs are spaces, and other control
/// characters, and those that turn the direction of writing, are left out.
///
/// ```
/// use scim_sync::printable;
///
/// assert_eq!(printable("Bj\u{f6}rn\r\nAdmin\u{1b}[2J\u{202e}"), "Bj\u{f6}rn  Admin[2J");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter_map(|c| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_obeyed(c) => None,
        c => Some(c),
    });
    Cow::Owned(kept.collect())
}

/// What stands in a log for a value: the value itself, or a word in its place where it is a secret. That there is one is no
/// secret.
///
/// ```
/// use scim_sync::mask;
/// use serde_json::{Value, json};
///
/// assert_eq!(mask(json!("t1meMa$heen"), true), json!("[masked]"));
/// assert_eq!(mask(json!("bjensen"), false), json!("bjensen"));
/// assert_eq!(mask(Value::Null, true), Value::Null);
/// ```
#[must_use]
pub fn mask(value: Value, secret: bool) -> Value {
    if secret && !value.is_null() { Value::String("[masked]".to_owned()) } else { value }
}

/// Whether a terminal would do something other than to show it.
pub(crate) fn is_obeyed(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}
