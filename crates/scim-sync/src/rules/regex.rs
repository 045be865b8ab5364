//! Regular expressions, of mappings and of filters.

use regex::{Regex, RegexBuilder};

/// How much memory one may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// What .NET has and these have not, and how it is known.
const NOT_LINEAR: [(&[&str], &str); 4] = [
    (&["(?=", "(?!", "(?<=", "(?<!"], "look-around is not supported"),
    (&["(?>"], "atomic groups are not supported"),
    (&["(?("], "conditions are not supported"),
    (
        &["\\k<", "\\k'", "\\k{", "\\1", "\\2", "\\3", "\\4", "\\5", "\\6", "\\7", "\\8", "\\9"],
        "references back to a group are not supported",
    ),
];

/// Reads one, in words that fit on a line.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let error = match RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).nest_limit(64).build() {
        Ok(regex) => return Ok(regex),
        Err(error) => error,
    };
    Err(match &error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
        regex::Error::Syntax(text) => {
            let known = NOT_LINEAR.iter().find(|(signs, _)| signs.iter().any(|sign| pattern.contains(sign)));
            // The last line says what, the lines before show where.
            let what = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("the regular expression cannot be read: {}", known.map_or(what, |(_, words)| words))
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
            "(?(a)b|c)",
            "(?<a-b>x)",
            "a(",
            "[z-a]",
            "a**{",
            "(?:a{1000}){1000}",
        ]
        .map(|pattern| format!("{pattern}: {}", super::compile(pattern).unwrap_err()))
        .to_vec();
        insta::assert_snapshot!(refused.join("\n"), @r"
        a(?=b): the regular expression cannot be read: look-around is not supported
        a(?!b): the regular expression cannot be read: look-around is not supported
        (?<=a)b: the regular expression cannot be read: look-around is not supported
        (?<!a)b: the regular expression cannot be read: look-around is not supported
        (a)\1: the regular expression cannot be read: references back to a group are not supported
        (?<x>a)\k<x>: the regular expression cannot be read: references back to a group are not supported
        (?>a): the regular expression cannot be read: atomic groups are not supported
        (?(a)b|c): the regular expression cannot be read: conditions are not supported
        (?<a-b>x): the regular expression cannot be read: invalid capture group character
        a(: the regular expression cannot be read: unclosed group
        [z-a]: the regular expression cannot be read: invalid character class range, the start must be <= the end
        a**{: the regular expression cannot be read: unclosed counted repetition
        (?:a{1000}){1000}: the regular expression is too large
        ");
    }
}
