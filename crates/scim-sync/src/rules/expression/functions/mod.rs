//! The functions: one row each, and the arguments they take.

mod lists;
mod logic;
mod replace;
mod text;

use std::fmt;

use scim_core::quote;

use super::ast::{Node, Pattern};
use super::eval::{Answer, Context};

/// A function.
pub(super) struct Function {
    pub(super) name: &'static str,
    least: usize,
    most: usize,
    pub(super) call: for<'a> fn(&'a super::ast::Call, &Context<'a>) -> Answer<'a>,
}

const ANY: usize = usize::MAX;

macro_rules! functions {
    ($($name:literal $least:literal..$most:tt $call:path;)*) => {
        /// All of them, by name.
        pub(super) static FUNCTIONS: &[Function] = &[
            $(Function { name: $name, least: $least, most: $most, call: $call },)*
        ];
    };
}

// Name, least and most arguments, what it does.
functions! {
    "Append" 2..2 text::append;
    "CBool" 1..1 logic::c_bool;
    "CStr" 1..1 lists::c_str;
    "Coalesce" 1..ANY logic::coalesce;
    "ConvertToBase64" 1..1 text::convert_to_base64;
    "ConvertToUTF8Hex" 1..1 text::convert_to_utf8_hex;
    "Count" 1..1 lists::count;
    "IIF" 3..3 logic::iif;
    "IgnoreFlowIfNullOrEmpty" 1..1 logic::same;
    "InStr" 2..4 text::in_str;
    "IsNull" 1..1 logic::is_null;
    "IsNullOrEmpty" 1..1 logic::is_null_or_empty;
    "IsPresent" 1..1 logic::is_present;
    "IsString" 1..1 logic::is_string;
    "Item" 2..2 lists::item;
    "Join" 2..ANY text::join;
    "Left" 2..2 text::left;
    "Mid" 3..3 text::mid;
    "NormalizeDiacritics" 1..1 text::normalize_diacritics;
    "Not" 1..1 logic::not;
    "PCase" 2..2 text::p_case;
    "Redact" 1..1 logic::same;
    "RemoveDuplicates" 1..1 lists::remove_duplicates;
    "Replace" 7..7 replace::replace;
    "SingleAppRoleAssignment" 1..1 lists::single_app_role_assignment;
    "Split" 2..2 lists::split;
    "StripSpaces" 1..1 text::strip_spaces;
    "Switch" 4..ANY logic::switch;
    "ToLower" 1..2 text::to_lower;
    "ToUpper" 1..2 text::to_upper;
    "Word" 3..3 text::word;
}

/// What Entra has besides.
const OTHERS: [&str; 13] = [
    "AppRoleAssignmentsComplex",
    "AssertiveAppRoleAssignmentsComplex",
    "BitAnd",
    "CDate",
    "DateAdd",
    "DateDiff",
    "DateFromNum",
    "FormatDateTime",
    "Guid",
    "Now",
    "NumFromDate",
    "RandomString",
    "SelectUniqueValue",
];

/// The function of this name, in this case.
pub(super) fn find(name: &str) -> Result<&'static Function, String> {
    if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
        return Ok(function);
    }
    if OTHERS.contains(&name) {
        return Err(format!("the function {} is not supported", quote(name)));
    }
    let mut near: Vec<(usize, &str)> = FUNCTIONS
        .iter()
        .map(|function| (distance(name, function.name), function.name))
        .filter(|(distance, near)| *distance <= near.len() / 3)
        .collect();
    near.sort_unstable();
    let near: Vec<String> = near.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    Err(match near.is_empty() {
        true => format!("there is no function {}", quote(name)),
        false => format!("there is no function {}; did you mean {}?", quote(name), near.join(" or ")),
    })
}

/// Whether a function takes these arguments; the regular expression among them.
pub(super) fn check(function: &'static Function, args: &[Option<Node>]) -> Result<Option<Pattern>, String> {
    let Function { name, least, most, .. } = *function;
    if args.len() < least || args.len() > most {
        let takes = match (least, most) {
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, ANY) => format!("at least {least} argument{}", if least == 1 { "" } else { "s" }),
            (least, most) => format!("{least} to {most} arguments"),
        };
        return Err(format!("`{name}` takes {takes}, not {}", args.len()));
    }
    match name {
        "Switch" if args.len() % 2 == 1 => Err(
            "`Switch` takes a source, a default and pairs of keys and values: an even number of arguments"
                .to_owned(),
        ),
        "Replace" => replace::check(args),
        // The first argument of these is what they are about.
        "Switch" | "Append" | "Not" | "IIF" | "Redact" | "IgnoreFlowIfNullOrEmpty"
            if args.first() == Some(&None) =>
        {
            Err(format!("the first argument of `{name}` is missing"))
        }
        _ => Ok(None),
    }
}

/// How many letters have to be added, dropped or changed (Levenshtein), in any case; names are short.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let up = *cell;
            let change = corner + usize::from(!x.eq_ignore_ascii_case(&y));
            left = change.min(up + 1).min(left + 1);
            corner = up;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
