//! Regular expressions, of mappings and of filters.

use regex::{Regex, RegexBuilder};

/// How much memory one may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Reads one, in words that fit on a line.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).nest_limit(64).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
        regex::Error::Syntax(text) => {
            // The last line says what, the lines before show where.
            let what = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let what = what.split(", including").next().unwrap_or_default();
            format!("the regular expression is not supported: {what}")
        }
        _ => "the regular expression cannot be read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_not_linear_is_refused_in_words() {
        let refused: Vec<String> = [
            "a(?=b)",
            "a(?!b)",
            "(?<=a)b",
            "(?<!a)b",
            r"(a)\1",
            r"(?<x>a)\k<x>",
            "(?>a)",
            "a(",
            "[z-a]",
            "a**{",
            "(?:a{1000}){1000}",
        ]
        .map(|pattern| format!("{pattern}: {}", super::compile(pattern).unwrap_err()))
        .to_vec();
        insta::assert_snapshot!(refused.join("\n"), @"");
    }
}
