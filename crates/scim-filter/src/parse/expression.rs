//! Paths, filters and what they are made of, from the whole to the parts.

use nom::Parser;
use nom::combinator::opt;

use scim_core::{AttrPath, ScimType};

use super::Grammar;
use super::attribute::{attr_path, operator, sub_attr};
use super::lexical::{blanks, joint, negation};
use super::literal::{bare, literal};
use super::refusal::{Refusal, Step, refuse, unjoined};
use crate::ast::Filter;
use crate::error::Problem;
use crate::path::Path;
use crate::{BARE_VALUES, COMPARISON_AFTER_BRACKETS, MISSING_BLANK};

impl Grammar<'_> {
    /// ```text
    /// path = attr-path [ "[" *BL or-exp *BL "]" [ "." name ] ] END
    /// ```
    pub(super) fn path<'t>(&mut self, input: &'t str) -> Step<'t, Path> {
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
    pub(super) fn or_exp<'t>(&mut self, mut input: &'t str) -> Step<'t, Filter> {
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
    #[inline]
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
    #[inline]
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
        if after.starts_with('[') { self.value_path(after, path) } else { self.attr_exp(input, after, path) }
    }

    /// ```text
    /// value-path = attr-path "[" *BL or-exp *BL "]"
    /// ```
    ///
    /// A comparison after the brackets, as in `emails[type eq "work"].value eq "x"`, is read as a part of them where
    /// [`COMPARISON_AFTER_BRACKETS`] is on.
    fn value_path<'t>(&mut self, input: &'t str, path: AttrPath) -> Step<'t, Filter> {
        let (after, inner) = self.brackets(input)?;
        if !after.starts_with('.') {
            return Ok((after, Filter::value_path(path, inner)));
        }
        if !self.profile.allows(&COMPARISON_AFTER_BRACKETS) {
            return refuse(after, Problem::ComparisonAfterBrackets);
        }
        let (rest, sub) = sub_attr(after)?;
        self.notice(&COMPARISON_AFTER_BRACKETS, &path.clone().with_sub(sub.clone()));
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
            self.notice(&MISSING_BLANK, &path);
        }
        match literal(rest) {
            Err(nom::Err::Error(_)) if self.profile.allows(&BARE_VALUES) => {
                let (rest, text) = bare(rest)?;
                self.notice(&BARE_VALUES, &path);
                Ok((rest, Filter::Compare(path, op, text.into())))
            }
            other => other.map(|(rest, literal)| (rest, Filter::Compare(path, op, literal))),
        }
    }

    /// ```text
    /// END
    /// ```
    pub(super) fn end<'t>(&mut self, input: &'t str) -> Step<'t, ()> {
        match blanks(input)? {
            ("", _) => Ok(("", ())),
            (input, _) => unjoined(input, "`and`, `or` or the end of the filter"),
        }
    }
}

/// Adds to what has been read of a list. It stands outside of the productions, as `ended` and `negate` do, so that a
/// level of nesting takes little of the stack.
#[inline]
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
#[inline]
fn ended<'a>(input: &'a str, read: Option<Filter>, error: nom::Err<Refusal<'a>>) -> Step<'a, Filter> {
    match (read, error) {
        (Some(read), nom::Err::Error(_)) => Ok((input, read)),
        (_, error) => Err(error),
    }
}

#[inline]
fn negate((rest, filter): (&str, Filter)) -> (&str, Filter) {
    (rest, !filter)
}
