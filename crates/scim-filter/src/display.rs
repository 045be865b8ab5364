//! Writing filters and paths, RFC 7644 §3.4.2.2: the fewest parentheses, one blank, operators in lower case.

use std::fmt;

use crate::ast::Filter;
use crate::path::Path;

/// The filter as text; [`Filter::parse`] is the inverse.
///
/// ```
/// use scim_filter::Filter;
///
/// let filter: Filter = "((a PR AND b pr) or NOT(c pr))".parse()?;
/// assert_eq!(filter.to_string(), "a pr and b pr or not (c pr)");
/// # Ok::<(), scim_filter::FilterError>(())
/// ```
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, Inside::Or, f)
    }
}

/// The path as text; [`Path::parse`] is the inverse.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.attr)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// What a filter is written inside of, and so which filters need parentheses there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// An `or`, brackets or parentheses: nothing does.
    Or,
    /// An `and`: an `or` does.
    And,
}

fn write(filter: &Filter, inside: Inside, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match filter {
        Filter::And(all) => match all.as_slice() {
            [] => f.write_str("()"),
            [one] => write(one, inside, f),
            all => write_list(all, " and ", Inside::And, f),
        },
        Filter::Or(any) => match any.as_slice() {
            [] => f.write_str("()"),
            [one] => write(one, inside, f),
            any if inside == Inside::And => {
                f.write_str("(")?;
                write_list(any, " or ", Inside::Or, f)?;
                f.write_str(")")
            }
            any => write_list(any, " or ", Inside::Or, f),
        },
        Filter::Not(inner) => {
            f.write_str("not (")?;
            write(inner, Inside::Or, f)?;
            f.write_str(")")
        }
        Filter::Present(path) => write!(f, "{path} pr"),
        Filter::Compare(path, op, value) => write!(f, "{path} {op} {value}"),
        Filter::ValuePath(path, inner) => {
            write!(f, "{path}[")?;
            write(inner, Inside::Or, f)?;
            f.write_str("]")
        }
    }
}

fn write_list(list: &[Filter], between: &str, inside: Inside, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, filter) in list.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write(filter, inside, f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim_core::AttrPath;

    fn term(name: &'static str) -> Filter {
        Filter::pr(AttrPath::from_static(name))
    }

    #[test]
    fn no_parenthesis_too_many() {
        for (text, shown) in [
            ("(a pr)", "a pr"),
            ("((a pr and (b pr and c pr)))", "a pr and b pr and c pr"),
            ("a pr or (b pr and c pr)", "a pr or b pr and c pr"),
            ("(a pr or b pr) and c pr", "(a pr or b pr) and c pr"),
            ("not ((a pr or b pr))", "not (a pr or b pr)"),
            ("not (not (a pr))", "not (not (a pr))"),
            ("not (a pr) and b pr", "not (a pr) and b pr"),
            ("a[(b pr or c pr) and ((d pr))]", "a[(b pr or c pr) and d pr]"),
        ] {
            let filter: Filter = text.parse().unwrap();
            assert_eq!(filter.to_string(), shown);
            assert_eq!(shown.parse::<Filter>().unwrap(), filter);
        }
    }

    #[test]
    fn odd_trees_never_print_another_filter() {
        let [a, b, c] = ["a", "b", "c"].map(term);
        let nothing = Filter::And(vec![]);
        for (odd, shown) in [
            (Filter::And(vec![a.clone()]), "a pr"),
            (Filter::And(vec![Filter::Or(vec![a.clone(), b.clone()])]), "a pr or b pr"),
            (
                Filter::And(vec![Filter::And(vec![Filter::Or(vec![a.clone(), b.clone()])]), c.clone()]),
                "(a pr or b pr) and c pr",
            ),
            (Filter::Or(vec![a.clone(), Filter::Or(vec![b.clone(), c.clone()])]), "a pr or b pr or c pr"),
            (nothing.clone(), "()"),
            (Filter::Or(vec![]), "()"),
            (nothing.clone().or(a.clone()), "() or a pr"),
            (!nothing, "not (())"),
        ] {
            assert_eq!(odd.to_string(), shown);
            if shown.contains("()") {
                assert!(shown.parse::<Filter>().is_err());
            }
        }
    }
}
