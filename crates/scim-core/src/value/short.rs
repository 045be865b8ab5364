//! Texts that are short, most of the time.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that takes no allocation of its own up to 22 bytes: names, types, dates and versions are no longer.
///
/// A group of 35,000 members holds more than 100,000 texts, and most of a user's are a word. It dereferences to `str`, is
/// made from what a `String` is made from, and is as large as one.
///
/// ```
/// use scim_core::Text;
///
/// let name: Text = "Barbara".into();
/// assert_eq!(name, "Barbara");
/// assert_eq!(name.to_uppercase(), "BARBARA");
/// assert_eq!(String::from(name), "Barbara");
/// ```
#[derive(Clone)]
pub struct Text(Repr);

const SHORT: usize = 22;

#[derive(Clone)]
enum Repr {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Always UTF-8: the bytes were copied from a `str`. To say so without checking would be unsafe code.
            Repr::Short { len, bytes } => bytes
                .get(..usize::from(*len))
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default(),
            Repr::Long(text) => text,
        }
    }

    fn short(text: &str) -> Option<Self> {
        if text.len() > SHORT {
            return None;
        }
        let mut short = Self::default();
        short.set(text);
        Some(short)
    }

    /// Replaces the text, in place: to move a text that was just written is slow.
    #[inline]
    pub(crate) fn set(&mut self, text: &str) {
        if let Repr::Short { len, bytes } = &mut self.0 {
            if let (Some(place), Ok(new)) = (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
                place.copy_from_slice(text.as_bytes());
                *len = new;
                return;
            }
        }
        self.0 = Repr::Long(text.into());
    }
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Self {
        Self::short(text).unwrap_or_else(|| Self(Repr::Long(text.into())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::short(&text).unwrap_or_else(|| Self(Repr::Long(text.into_boxed_str())))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text.0 {
            Repr::Short { .. } => text.as_str().to_owned(),
            Repr::Long(text) => text.into_string(),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Repr::Short { len: 0, bytes: [0; SHORT] })
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        **self == **other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(text.into())
            }

            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn is_as_large_as_a_string() {
        assert_eq!(size_of::<Text>(), size_of::<String>());
        assert_eq!(size_of::<Option<Text>>(), size_of::<Option<String>>());
    }

    #[test]
    fn the_bound_is_exact() {
        for len in [0, 1, 21, 22, 23, 24] {
            let text = "é".repeat(len / 2) + &"x".repeat(len % 2);
            let short = Text::from(text.as_str());
            assert_eq!(matches!(short.0, Repr::Short { .. }), len <= 22, "{len}");
            assert_eq!(short, text);
        }
    }

    proptest! {
        #[test]
        fn is_the_text(a in "\\PC{0,30}", b in "\\PC{0,30}") {
            let (ta, tb) = (Text::from(a.as_str()), Text::from(b.clone()));
            prop_assert_eq!(&*ta, a.as_str());
            prop_assert_eq!(ta == tb, a == b);
            prop_assert_eq!(ta.cmp(&tb), a.cmp(&b));
            prop_assert_eq!(String::from(tb), b);
            let read: Text = serde_json::from_str(&serde_json::to_string(&ta).unwrap()).unwrap();
            prop_assert_eq!(read, ta);
        }
    }
}
