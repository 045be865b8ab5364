//! Randomness, and texts that are too weak to be a secret.

use std::error::Error as StdError;
use std::fmt;

/// Why there is no key.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is shorter than this many bytes; an empty one is.
    TooShort(usize),
    /// The text is longer than this many bytes.
    TooLong(usize),
    /// The text has a blank, a line break or a character that is not ASCII: no header could carry it.
    Characters,
    /// The text is not 32 bytes in base64.
    NotBase64,
    /// The key is all zeros: somebody forgot to fill it in.
    Zeros,
    /// The operating system has no randomness to give. The cause is for the log.
    Random(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for KeyError {
    /// The text itself is never in the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(least) => write!(f, "the key is shorter than {least} bytes"),
            Self::TooLong(most) => write!(f, "the key is longer than {most} bytes"),
            Self::Characters => f.write_str("the key has characters that are not visible ASCII"),
            Self::NotBase64 => f.write_str("the key is not 32 bytes in base64"),
            Self::Zeros => f.write_str("the key is all zeros"),
            Self::Random(_) => f.write_str("no randomness can be had"),
        }
    }
}

impl StdError for KeyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Random(source) => Some(&**source),
            _ => None,
        }
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Random(error.to_string().into()))?;
    Ok(bytes)
}

/// A text of so many characters of an alphabet, all equally likely.
pub(crate) fn random_text(alphabet: &[u8], length: usize) -> Result<String, KeyError> {
    let letters = u8::try_from(alphabet.len()).unwrap_or(u8::MAX).max(1);
    // The bytes above the last whole round would make the first letters likelier.
    let usable = u8::MAX - u8::MAX % letters;
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let fair = random::<64>()?.into_iter().filter(|byte| *byte < usable);
        let picked = fair.filter_map(|byte| alphabet.get(usize::from(byte % letters)));
        text.extend(picked.take(length - text.len()).map(|letter| char::from(*letter)));
    }
    Ok(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Does not compile for a type that can be compared with `==`, which would tell by its time how much is right.
    macro_rules! has_no_eq {
        ($($secret:ty),+) => {{
            trait Ambiguous<A> {
                fn told() {}
            }
            struct Comparable;
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + PartialEq> Ambiguous<Comparable> for T {}
            $(<$secret as Ambiguous<_>>::told();)+
        }};
    }
    pub(crate) use has_no_eq;

    #[test]
    fn random_texts_use_the_whole_alphabet_and_nothing_else() {
        let text = random_text(b"abcde", 5000).unwrap();
        assert_eq!(text.len(), 5000);
        for letter in "abcde".chars() {
            let times = text.chars().filter(|c| *c == letter).count();
            assert!((700..1300).contains(&times), "{letter} {times}");
        }
        assert_ne!(random_text(b"0123456789", 30).unwrap(), random_text(b"0123456789", 30).unwrap());
    }

    #[test]
    fn messages() {
        let random = KeyError::Random("out of order".into());
        let all = [
            KeyError::TooShort(16),
            KeyError::TooLong(8192),
            KeyError::Characters,
            KeyError::NotBase64,
            KeyError::Zeros,
            random,
        ];
        insta::assert_snapshot!(all.map(|error| error.to_string()).join("\n"), @r"
        the key is shorter than 16 bytes
        the key is longer than 8192 bytes
        the key has characters that are not visible ASCII
        the key is not 32 bytes in base64
        the key is all zeros
        no randomness can be had
        ");
    }
}
