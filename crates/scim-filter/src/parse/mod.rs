//! Reading filters and paths, RFC 7644 §3.4.2.2 Figure 1 and §3.5.2, with errata 4670, 4690, 7319 and 7322.
//!
//! ```text
//! filter = or-exp END
//! path   = attr-path [ "[" *BL or-exp *BL "]" [ "." name ] ] END
//! BL     = U+0020
//! ```
//!
//! One function a production, its ABNF above it; words in double quotes match in any case. Three rules are not in the
//! notation. A keyword ends where a name would end, so that `notes pr` and `order eq 1` are about attributes. `not` is
//! a negation only before a parenthesis. And inside of brackets, no further brackets may stand.
//!
//! Blanks around the whole text are ignored. What a peer can choose the size of is charged before a node is built for
//! it, and one look ahead decides every production: no text is read more than a few times, whatever it is.

mod attribute;
mod lexical;
mod literal;

use nom::combinator::{opt, value};
use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};

use scim_core::{AttrPath, Deviation, Limits, Profile, ScimType, Switch};

use crate::ast::Filter;
use crate::error::{FilterError, Problem};
use crate::literal::Number;
use crate::path::{ParsedPath, Path};
use crate::{BARE_VALUES, COMPARISON_AFTER_BRACKETS, MISSING_BLANK, Parsed};

use attribute::{attr_path, operator, sub_attr};
use lexical::{blanks, joins, joint, mark, negation};
use literal::{bare, literal};

/// Reads a filter.
pub(crate) fn filter(text: &str, limits: &Limits, profile: &Profile) -> Result<Parsed, FilterError> {
    let mut grammar = Grammar::new(limits, profile, ScimType::InvalidFilter);
    let filter = grammar.whole(text, "filter", |grammar, input| {
        let (input, filter) = grammar.or_exp(input)?;
        let (input, ()) = grammar.end(input)?;
        Ok((input, filter))
    })?;
    Ok(Parsed { filter, deviations: grammar.deviations })
}

/// Reads a path.
pub(crate) fn path(text: &str, limits: &Limits, profile: &Profile) -> Result<ParsedPath, FilterError> {
    let mut grammar = Grammar::new(limits, profile, ScimType::InvalidPath);
    let path = grammar.whole(text, "path", Grammar::path)?;
    Ok(ParsedPath { path, deviations: grammar.deviations })
}

/// Reads a number.
pub(crate) fn number(text: &str) -> Result<Number, FilterError> {
    match literal::number(text) {
        Ok(("", number)) => Ok(number),
        _ => Err(FilterError::text(text, 0, Problem::Expected("a JSON number"), ScimType::InvalidValue)),
    }
}

/// The result of a production: what is left of the text, and what was read.
type Step<'a, T> = IResult<&'a str, T, Refusal<'a>>;

/// What is wrong with the text, and what is left of it at that place.
#[derive(Debug)]
struct Refusal<'a> {
    rest: &'a str,
    problem: Problem,
}

impl<'a> ParseError<&'a str> for Refusal<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self { rest, problem: Problem::Expected("something else") }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// An objection that no other production can answer.
fn refuse<'a, T>(rest: &'a str, problem: Problem) -> Step<'a, T> {
    Err(nom::Err::Failure(Refusal { rest, problem }))
}

/// Adds to what has been read of a list. It stands outside of the productions, as `ended` and `negate` do, so that a
/// level of nesting takes little of the stack.
fn join<'a>(
    read: &mut Option<Filter>,
    next: Filter,
    with: fn(Filter, Filter) -> Filter,
    rest: &'a str,
) -> &'a str {
    *read = Some(match read.take() {
        Some(read) => with(read, next),
        None => next,
    });
    rest
}

/// Ends a list where its keyword does not follow, unless what follows the keyword is wrong.
fn ended<'a>(input: &'a str, read: Option<Filter>, error: nom::Err<Refusal<'a>>) -> Step<'a, Filter> {
    match (read, error) {
        (Some(read), nom::Err::Error(_)) => Ok((input, read)),
        (_, error) => Err(error),
    }
}

fn negate((rest, filter): (&str, Filter)) -> (&str, Filter) {
    (rest, !filter)
}

/// Objects to what stands where a filter could end or go on.
fn unjoined<'a, T>(rest: &'a str, expected: &'static str) -> Step<'a, T> {
    if joins(rest) {
        return refuse(rest, Problem::Expected("a blank"));
    }
    refuse(rest, Problem::Expected(expected))
}

/// What has been used up and noticed on the way.
struct Grammar<'a> {
    limits: &'a Limits,
    profile: &'a Profile,
    /// The keyword of an error at this place.
    scim_type: ScimType,
    in_brackets: bool,
    depth: usize,
    terms: usize,
    deviations: Vec<Deviation>,
}

impl<'a> Grammar<'a> {
    fn new(limits: &'a Limits, profile: &'a Profile, scim_type: ScimType) -> Self {
        Self { limits, profile, scim_type, in_brackets: false, depth: 0, terms: 0, deviations: Vec::new() }
    }

    /// Runs a production over the whole text, without the blanks around it.
    fn whole<'t, T>(
        &mut self,
        text: &'t str,
        what: &'static str,
        production: impl FnOnce(&mut Self, &'t str) -> Step<'t, T>,
    ) -> Result<T, FilterError> {
        if text.len() > self.limits.filter_bytes {
            let problem = Problem::TooLong(self.limits.filter_bytes);
            return Err(FilterError::text("", 0, problem, self.scim_type.clone()));
        }
        let until_end = text.trim_end_matches(' ');
        let input = until_end.trim_start_matches(' ');
        if input.is_empty() {
            return Err(FilterError::text(text, 0, Problem::Empty(what), self.scim_type.clone()));
        }
        match production(self, input) {
            Ok((_, value)) => Ok(value),
            Err(nom::Err::Error(refusal) | nom::Err::Failure(refusal)) => {
                let position = until_end.len().saturating_sub(refusal.rest.len());
                Err(FilterError::text(until_end, position, refusal.problem, self.scim_type.clone()))
            }
            Err(nom::Err::Incomplete(_)) => {
                let problem = Problem::Expected("more");
                Err(FilterError::text(text, until_end.len(), problem, self.scim_type.clone()))
            }
        }
    }

    /// ```text
    /// path = attr-path [ "[" *BL or-exp *BL "]" [ "." name ] ] END
    /// ```
    fn path<'t>(&mut self, input: &'t str) -> Step<'t, Path> {
        let (input, attr) = attr_path(input)?;
        if !input.starts_with('[') {
            return match input {
                "" => Ok((input, Path { attr, filter: None, sub: None })),
                _ => refuse(input, Problem::Expected("`.`, `[` or the end of the path")),
            };
        }
        self.scim_type = ScimType::InvalidFilter;
        let (input, filter) = self.brackets(input)?;
        self.scim_type = ScimType::InvalidPath;
        let (input, sub) = opt(sub_attr).parse(input)?;
        match (input, &sub) {
            ("", _) => Ok((input, Path { attr, filter: Some(filter), sub })),
            (_, None) => refuse(input, Problem::Expected("`.` or the end of the path")),
            (_, Some(_)) => refuse(input, Problem::Expected("the end of the path")),
        }
    }

    /// ```text
    /// or-exp = and-exp *( 1*BL "or" 1*BL and-exp )
    /// ```
    fn or_exp<'t>(&mut self, mut input: &'t str) -> Step<'t, Filter> {
        let mut read = None;
        loop {
            match self.and_exp(input) {
                Ok((rest, next)) => input = join(&mut read, next, Filter::or, rest),
                error => return error,
            }
            match joint("or", input) {
                Ok((rest, ())) => input = rest,
                Err(error) => return ended(input, read, error),
            }
        }
    }

    /// ```text
    /// and-exp = unary *( 1*BL "and" 1*BL unary )
    /// ```
    fn and_exp<'t>(&mut self, mut input: &'t str) -> Step<'t, Filter> {
        let mut read = None;
        loop {
            match self.unary(input) {
                Ok((rest, next)) => input = join(&mut read, next, Filter::and, rest),
                error => return error,
            }
            match joint("and", input) {
                Ok((rest, ())) => input = rest,
                Err(error) => return ended(input, read, error),
            }
        }
    }

    /// ```text
    /// unary = "not" *BL group / group / term
    /// ```
    fn unary<'t>(&mut self, input: &'t str) -> Step<'t, Filter> {
        match negation(input) {
            Ok((group, _)) => self.group(group).map(negate),
            Err(_) if input.starts_with('(') => self.group(input),
            Err(_) => self.term(input),
        }
    }

    /// ```text
    /// group = "(" *BL or-exp *BL ")"
    /// ```
    fn group<'t>(&mut self, input: &'t str) -> Step<'t, Filter> {
        match self.enter('(', input) {
            Ok((inside, ())) => self.or_exp(inside).and_then(|(rest, inner)| self.leave(')', rest, inner)),
            Err(error) => Err(error),
        }
    }

    /// ```text
    /// term = value-path / attr-exp
    /// ```
    fn term<'t>(&mut self, input: &'t str) -> Step<'t, Filter> {
        if !input.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$') {
            return refuse(input, Problem::Expected("an attribute, `not (` or `(`"));
        }
        let (after, path) = attr_path(input)?;
        if path.name().is_none() {
            return refuse(input, Problem::SchemaAlone);
        }
        if after.starts_with('[') {
            self.value_path(input, after, path)
        } else {
            self.attr_exp(input, after, path)
        }
    }

    /// ```text
    /// value-path = attr-path "[" *BL or-exp *BL "]"
    /// ```
    ///
    /// A comparison after the brackets, as in `emails[type eq "work"].value eq "x"`, is read as a part of them where
    /// [`COMPARISON_AFTER_BRACKETS`] is on.
    fn value_path<'t>(&mut self, whole: &'t str, input: &'t str, path: AttrPath) -> Step<'t, Filter> {
        let (after, inner) = self.brackets(input)?;
        if !after.starts_with('.') {
            return Ok((after, Filter::value_path(path, inner)));
        }
        if !self.profile.allows(&COMPARISON_AFTER_BRACKETS) {
            return refuse(after, Problem::ComparisonAfterBrackets);
        }
        let (rest, sub) = sub_attr(after)?;
        self.notice(&COMPARISON_AFTER_BRACKETS, whole, rest);
        let (rest, last) = self.attr_exp(after, rest, AttrPath::of_name(sub))?;
        Ok((rest, Filter::value_path(path, inner.and(last))))
    }

    /// ```text
    /// "[" *BL or-exp *BL "]"
    /// ```
    fn brackets<'t>(&mut self, input: &'t str) -> Step<'t, Filter> {
        if self.in_brackets {
            return refuse(input, Problem::NestedBrackets);
        }
        let (inside, ()) = self.enter('[', input)?;
        self.in_brackets = true;
        let (rest, inner) = self.or_exp(inside)?;
        self.in_brackets = false;
        self.leave(']', rest, inner)
    }

    /// ```text
    /// attr-exp = attr-path 1*BL "pr"
    ///          / attr-path 1*BL compare-op 1*BL literal
    /// ```
    fn attr_exp<'t>(&mut self, whole: &'t str, input: &'t str, path: AttrPath) -> Step<'t, Filter> {
        if self.terms >= self.limits.filter_terms {
            return refuse(whole, Problem::TooManyTerms(self.limits.filter_terms));
        }
        self.terms += 1;
        let (after, op) = operator(input, &path)?;
        let Some(op) = op else {
            return Ok((after, Filter::Present(path)));
        };
        let (rest, _) = blanks(after)?;
        if rest.len() == after.len() {
            if !(rest.starts_with('"') && self.profile.allows(&MISSING_BLANK)) {
                return refuse(after, Problem::Expected("a blank and a value"));
            }
            self.notice(&MISSING_BLANK, whole, input);
        }
        match literal(rest) {
            Err(nom::Err::Error(_)) if self.profile.allows(&BARE_VALUES) => {
                let (rest, text) = bare(rest)?;
                self.notice(&BARE_VALUES, whole, input);
                Ok((rest, Filter::Compare(path, op, text.into())))
            }
            other => other.map(|(rest, literal)| (rest, Filter::Compare(path, op, literal))),
        }
    }

    /// ```text
    /// END
    /// ```
    fn end<'t>(&mut self, input: &'t str) -> Step<'t, ()> {
        match blanks(input)? {
            ("", _) => Ok(("", ())),
            (input, _) => unjoined(input, "`and`, `or` or the end of the filter"),
        }
    }

    /// Charges one level of nesting, and reads its opening mark and the blanks after it.
    fn enter<'t>(&mut self, open: char, input: &'t str) -> Step<'t, ()> {
        let most = self.limits.filter_depth.min(Filter::MAX_DEPTH);
        if self.depth >= most {
            return refuse(input, Problem::TooDeep(most));
        }
        self.depth += 1;
        value((), (mark(open), blanks)).parse(input)
    }

    /// Reads blanks and the closing mark of a level.
    fn leave<'t>(&mut self, close: char, input: &'t str, inner: Filter) -> Step<'t, Filter> {
        let (rest, _) = blanks(input)?;
        let Some(after) = rest.strip_prefix(close) else {
            return match close {
                ')' => unjoined(rest, "`and`, `or` or `)`"),
                _ => unjoined(rest, "`and`, `or` or `]`"),
            };
        };
        self.depth = self.depth.saturating_sub(1);
        Ok((after, inner))
    }

    /// Reports a leniency at the attribute path that lies between two places.
    fn notice(&mut self, switch: &Switch, from: &str, to: &str) {
        let path = from.get(..from.len().saturating_sub(to.len())).unwrap_or_default();
        self.deviations.push(Deviation::new(switch, path.trim_end_matches(' ')));
    }
}
