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
mod expression;
mod lexical;
mod literal;
mod refusal;

use nom::Parser;
use nom::combinator::value;

use scim_core::{AttrPath, Deviation, Limits, Profile, ScimType, Switch};

use crate::Parsed;
use crate::ast::Filter;
use crate::error::{FilterError, Problem};
use crate::literal::Number;
use crate::path::ParsedPath;

use lexical::{blanks, mark};
use refusal::{Step, refuse, unjoined};

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
            let most = self.limits.filter_bytes;
            let place = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            return Err(FilterError::text(text, place, Problem::TooLong(most), self.scim_type.clone()));
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

    /// Charges one level of nesting, and reads its opening mark and the blanks after it.
    #[inline]
    fn enter<'t>(&mut self, open: char, input: &'t str) -> Step<'t, ()> {
        let most = self.limits.filter_depth.min(Filter::MAX_DEPTH);
        if self.depth >= most {
            return refuse(input, Problem::TooDeep(most));
        }
        self.depth += 1;
        value((), (mark(open), blanks)).parse(input)
    }

    /// Reads blanks and the closing mark of a level.
    #[inline]
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

    /// Reports a leniency at an attribute; what it is compared with is nobody's business.
    fn notice(&mut self, switch: &Switch, path: &AttrPath) {
        self.deviations.push(Deviation::new(switch, path.to_string()));
    }
}
