//! What is wrong with a filter or a path, and where.

use std::fmt;

use scim_core::{ScimError, ScimType, quote};

use crate::window::window;

/// Why a filter or a path is refused.
///
/// It converts into the [`ScimError`] that RFC 7644 §3.12 asks for: 400 `invalidFilter` for a filter, also for one
/// between the brackets of a path; 400 `invalidPath` for the rest of a path; 403 where the caller may not ask.
///
/// ```
/// use scim_core::ScimError;
/// use scim_filter::Filter;
///
/// let error = Filter::parse(r#"userName is "bjensen""#).unwrap_err();
/// assert_eq!(error.to_string(), "`is` is not an operator, at byte 9");
/// assert_eq!(error.position(), Some(9));
/// assert_eq!(error.caret().unwrap(), "userName is \"bjensen\"\n         ^");
/// assert_eq!(ScimError::from(error).status(), 400);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FilterError(Box<Kind>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The text is not of the grammar.
    Text(TextError),
    /// The text is of the grammar, and asks what cannot be asked.
    Meaning(Meaning, String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TextError {
    problem: Problem,
    position: usize,
    /// What stands at the position: a word, a character, or nothing at the end.
    found: Option<String>,
    /// A part of the text around the position, and the column of the position in it.
    window: (String, usize),
    scim_type: ScimType,
}

/// What the parser can object to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Empty(&'static str),
    Expected(&'static str),
    NoOperator,
    NotWithoutBrackets,
    NestedBrackets,
    ComparisonAfterBrackets,
    SchemaAlone,
    Unterminated,
    ControlCharacter,
    Escape,
    Surrogate,
    TooLong(usize),
    TooDeep(usize),
    TooManyTerms(usize),
}

/// What a check against schemas can object to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The question makes no sense: 400.
    Invalid,
    /// The question is confidential, and was put in a URI: 403.
    Sensitive,
    /// The caller may not read the attribute: 403.
    Forbidden,
}

impl FilterError {
    /// An objection to the text at a place.
    pub(crate) fn text(text: &str, position: usize, problem: Problem, scim_type: ScimType) -> Self {
        let found = text.get(position..).and_then(token).map(str::to_owned);
        let window = window(text, position);
        Self(Box::new(Kind::Text(TextError { problem, position, found, window, scim_type })))
    }

    /// An objection to the meaning.
    pub(crate) fn meaning(meaning: Meaning, words: impl Into<String>) -> Self {
        Self(Box::new(Kind::Meaning(meaning, words.into())))
    }

    /// The byte at which the text goes wrong; `None` when the text is well-formed and its meaning is at fault.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match &*self.0 {
            Kind::Text(error) => Some(error.position),
            Kind::Meaning(..) => None,
        }
    }

    /// What could have stood at that place, where that can be said in a few words.
    ///
    /// ```
    /// use scim_filter::Filter;
    ///
    /// let error = Filter::parse("userName eq bjensen").unwrap_err();
    /// assert_eq!(error.expected(), Some("a value: a string in double quotes, a number, `true`, `false` or `null`"));
    /// ```
    #[must_use]
    pub fn expected(&self) -> Option<&'static str> {
        match &*self.0 {
            Kind::Text(TextError { problem: Problem::Expected(what), .. }) => Some(what),
            Kind::Text(TextError { problem: Problem::NoOperator, .. }) => Some(OPERATORS),
            _ => None,
        }
    }

    /// Two lines for people: the text around the place, and a mark below the place, as far as a terminal shows one letter
    /// a column, wide letters in two and combining ones in none. What would be invisible, or could move the text about, is
    /// shown as `U+FFFD`.
    ///
    /// ```
    /// use scim_filter::Filter;
    ///
    /// let error = Filter::parse("title pr and").unwrap_err();
    /// assert_eq!(error.caret().unwrap(), "title pr and\n            ^");
    /// ```
    #[must_use]
    pub fn caret(&self) -> Option<String> {
        match &*self.0 {
            Kind::Text(TextError { window: (text, column), .. }) => Some(format!("{text}\n{:column$}^", "")),
            Kind::Meaning(..) => None,
        }
    }

    /// The keyword for the peer; `None` where the answer has none (403 without a reason).
    #[must_use]
    pub fn scim_type(&self) -> Option<ScimType> {
        match &*self.0 {
            Kind::Text(error) => Some(error.scim_type.clone()),
            Kind::Meaning(Meaning::Invalid, _) => Some(ScimType::InvalidFilter),
            Kind::Meaning(Meaning::Sensitive, _) => Some(ScimType::Sensitive),
            Kind::Meaning(Meaning::Forbidden, _) => None,
        }
    }

    fn status(&self) -> u16 {
        match &*self.0 {
            Kind::Text(_) | Kind::Meaning(Meaning::Invalid, _) => 400,
            Kind::Meaning(Meaning::Sensitive | Meaning::Forbidden, _) => 403,
        }
    }
}

const OPERATORS: &str = "an operator: `pr`, `eq`, `ne`, `co`, `sw`, `ew`, `gt`, `ge`, `lt` or `le`";

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match &*self.0 {
            Kind::Text(error) => error,
            Kind::Meaning(_, words) => return f.write_str(words),
        };
        let found = error.found.as_deref().map(quote);
        match (error.problem, &found) {
            (Problem::Empty(what), _) => return write!(f, "the {what} is empty"),
            (Problem::TooLong(most), _) => return write!(f, "longer than {most} bytes"),
            (Problem::TooDeep(most), _) => write!(f, "nested deeper than {most}")?,
            (Problem::TooManyTerms(most), _) => write!(f, "more than {most} comparisons")?,
            (Problem::Expected(what), Some(found)) => write!(f, "expected {what}, found {found}")?,
            (Problem::Expected(what), None) => write!(f, "expected {what}, found the end")?,
            (Problem::NoOperator, Some(found)) => write!(f, "{found} is not an operator")?,
            (Problem::NoOperator, None) => write!(f, "expected {OPERATORS}, found the end")?,
            (Problem::NotWithoutBrackets, _) => f.write_str("`not` needs parentheses: `not (...)`")?,
            (Problem::NestedBrackets, _) => f.write_str("brackets cannot stand inside of brackets")?,
            (Problem::ComparisonAfterBrackets, _) => {
                f.write_str("a comparison cannot follow `]`: it belongs inside of the brackets")?;
            }
            (Problem::SchemaAlone, _) => f.write_str("expected an attribute, found the URI of a schema")?,
            (Problem::Unterminated, _) => f.write_str("the string has no closing quote")?,
            (Problem::ControlCharacter, Some(found)) => {
                write!(f, "a string holds {found} only in an escaped form")?;
            }
            (Problem::ControlCharacter, None) => f.write_str("a string holds control characters escaped")?,
            (Problem::Escape, _) => f.write_str("not an escape of JSON")?,
            (Problem::Surrogate, _) => f.write_str("half of a surrogate pair")?,
        }
        write!(f, ", at byte {}", error.position)
    }
}

impl fmt::Debug for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FilterError({:?})", self.to_string())
    }
}

impl std::error::Error for FilterError {}

impl From<FilterError> for ScimError {
    fn from(error: FilterError) -> Self {
        let scim = Self::new(error.status()).with_detail(error.to_string());
        match error.scim_type() {
            Some(scim_type) => scim.with_type(scim_type),
            None => scim,
        }
    }
}

/// The word or character that a text starts with, for a message.
fn token(text: &str) -> Option<&str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '$' | '.' | ':');
    let first = text.chars().next()?;
    let len = if is_word(first) {
        text.char_indices()
            .take(80)
            .find(|(_, c)| !is_word(*c))
            .map_or_else(|| text.char_indices().nth(80).map_or(text.len(), |(at, _)| at), |(at, _)| at)
    } else {
        first.len_utf8()
    };
    text.get(..len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim_core::{Limits, Profile};

    use crate::{Filter, Path};

    #[test]
    fn long_texts_are_cut_around_the_place() {
        let text = format!("{} and and {}", "a pr and ".repeat(9) + "b pr", "x".repeat(99));
        let caret = Filter::parse(&text).unwrap_err().caret().unwrap();
        insta::assert_snapshot!(caret);
    }

    #[test]
    fn a_caret_line_has_no_line_break_of_its_own() {
        let caret = Filter::parse("a eq \"x\u{202e}\ny\"").unwrap_err().caret().unwrap();
        assert_eq!(caret.lines().count(), 2);
    }

    #[test]
    fn the_mark_stands_below_the_place_whatever_the_script() {
        for (text, column) in [
            ("title eq \"日本\" x", 16),
            ("title eq \"e\u{301}e\u{301}\" x", 14),
            ("title eq \"한국\" x", 16),
            ("title eq \"ＡＢ\" x", 16),
            ("title eq \"Ünï\" x", 15),
            ("title eq \"\u{202e}\u{200b}\u{9b}\" x", 15),
        ] {
            let caret = Filter::parse(text).unwrap_err().caret().unwrap();
            let (shown, mark) = caret.split_once('\n').unwrap();
            assert_eq!(mark.find('^'), Some(column), "{caret}");
            assert!(!shown.contains(['\u{202e}', '\u{200b}', '\u{9b}']), "{shown:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_shown_where_the_limit_is() {
        let limits = Limits { filter_bytes: 12, ..Limits::default() };
        let refuse = |text: &str| Filter::parse_with(text, &limits, &Profile::rfc()).unwrap_err();
        let error = refuse("title pr and title pr");
        assert_eq!(error.caret().unwrap(), "title pr and title pr\n            ^");
        assert_eq!((error.position(), error.to_string().as_str()), (Some(12), "longer than 12 bytes"));
        // Not in the middle of a letter.
        assert_eq!(refuse("title eq \"xé\"").position(), Some(11));
    }

    #[test]
    fn filters_and_paths_have_their_own_keywords() {
        let keyword = |error: FilterError| ScimError::from(error).scim_type().unwrap().to_string();
        assert_eq!(keyword(Filter::parse("a").unwrap_err()), "invalidFilter");
        assert_eq!(keyword(Path::parse("a b").unwrap_err()), "invalidPath");
        assert_eq!(keyword(Path::parse("a[b]").unwrap_err()), "invalidFilter");
        assert_eq!(keyword(Path::parse("a[b pr]c").unwrap_err()), "invalidPath");
        assert_eq!(keyword(Path::parse("a[b pr").unwrap_err()), "invalidFilter");
        assert_eq!(keyword(Path::parse("").unwrap_err()), "invalidPath");
    }
}
