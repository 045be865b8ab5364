//! Filters of SCIM 2.0: which resources are asked for (RFC 7644 §3.4.2 and §3.4.3), and the paths of PATCH, which share
//! their grammar (§3.5.2).
//!
//! # Parse
//!
//! ```
//! use scim_core::attr;
//! use scim_filter::Filter;
//!
//! let filter: Filter = r#"userName eq "bjensen""#.parse()?;
//! assert_eq!(filter, Filter::eq(attr::USER_NAME, "bjensen"));
//! assert_eq!(filter.to_string(), r#"userName eq "bjensen""#);
//! # Ok::<(), scim_filter::FilterError>(())
//! ```
//!
//! A [`Filter`] is a closed enum with few parentheses in its text and no quoting in its constructors. An error says where
//! and what was expected, and becomes the [`ScimError`](scim_core::ScimError) that the standard asks for with `?`.
//!
//! # Check
//!
//! ```
//! # use scim_filter::Filter;
//! use scim_core::SchemaSet;
//!
//! let check = |text: &str| text.parse::<Filter>()?.check(SchemaSet::user());
//! assert!(check(r#"meta.created gt "2026-01-01T00:00:00Z""#).is_ok());
//! assert!(check(r#"active gt true"#).is_err());
//! assert!(check(r#"password sw "a""#).is_err());
//! # Ok::<(), scim_filter::FilterError>(())
//! ```
//!
//! A check decides by the schemas alone whether a question makes sense and may be asked; [`CheckOptions`] say who asks
//! and how. The [`TypedFilter`] that it makes has resolved paths, typed values, and warnings about what is legal and
//! probably not meant so.
//!
//! # Match
//!
//! ```
//! # use scim_core::{Resource, SchemaSet, attr};
//! # use scim_filter::Filter;
//! # let mut user = Resource::new(SchemaSet::user());
//! # user.set(&attr::USER_NAME, "BJensen".into())?;
//! let typed = Filter::eq(attr::USER_NAME, "bjensen").check(SchemaSet::user())?;
//! assert!(typed.matches(&user));
//! # Ok::<(), scim_core::ScimError>(())
//! ```
//!
//! # Translate
//!
//! Who stores resources elsewhere walks the tree of the typed filter. The `match` is complete, so nothing can be left out.
//!
//! A condition on an attribute without a value is never "unknown": it is false, and its negation true. In SQL, every leaf
//! therefore has to be true or false also where a column is NULL, since `NOT NULL` is no match. Under
//! [`TypedFilter::empty_string_is_present`], the leaf for `title pr` is `(title IS NOT NULL)` alone.
//!
//! ```
//! use scim_core::{SchemaSet, attr};
//! use scim_filter::check::Operand;
//! use scim_filter::{CompareOp, Filter, Typed};
//!
//! /// A condition for a table of users, or nothing where the table cannot answer.
//! fn sql(typed: &Typed, binds: &mut Vec<String>) -> Option<String> {
//!     let mut join = |list: &[Typed], with: &str| {
//!         let parts: Option<Vec<String>> = list.iter().map(|typed| sql(typed, binds)).collect();
//!         Some(format!("({})", parts?.join(with)))
//!     };
//!     match typed {
//!         Typed::And(all) => join(all, " AND "),
//!         Typed::Or(any) => join(any, " OR "),
//!         Typed::Not(inner) => Some(format!("NOT {}", sql(inner, binds)?)),
//!         Typed::Constant(holds) => Some(if *holds { "(1 = 1)" } else { "(1 = 0)" }.to_owned()),
//!         Typed::Compare(target, CompareOp::Eq, Operand::Folded(key)) if *target.path() == attr::USER_NAME => {
//!             binds.push(key.clone());
//!             Some("(user_name_folded IS NOT NULL AND user_name_folded = ?)".to_owned())
//!         }
//!         Typed::Present(target) if *target.path() == attr::TITLE => {
//!             Some("(title IS NOT NULL AND title <> '')".to_owned())
//!         }
//!         Typed::Present(_) | Typed::Compare(..) | Typed::Element(..) => None,
//!     }
//! }
//!
//! let translate = |text: &str| {
//!     let mut binds = Vec::new();
//!     let typed = text.parse::<Filter>()?.check(SchemaSet::user())?;
//!     Ok::<_, scim_filter::FilterError>((sql(typed.root(), &mut binds).unwrap_or_default(), binds))
//! };
//! let (condition, binds) = translate(r#"userName eq "BJensen" and title ne null"#)?;
//! assert_eq!(
//!     condition,
//!     "((user_name_folded IS NOT NULL AND user_name_folded = ?) AND (title IS NOT NULL AND title <> ''))"
//! );
//! assert_eq!(binds, ["bjensen"]);
//! assert_eq!(translate("title eq null")?.0, "NOT (title IS NOT NULL AND title <> '')");
//! assert_eq!(translate("not (title pr)")?.0, "NOT (title IS NOT NULL AND title <> '')");
//! # Ok::<(), scim_filter::FilterError>(())
//! ```
//!
//! # Whole queries
//!
//! [`query`] has the rest of a request: sorting, pages by index and by cursor, `attributes` and `excludedAttributes`, and
//! the query string or `/.search` body that carries it all.
//!
//! # Bad input
//!
//! Length, nesting and number of comparisons are charged from [`Limits`](scim_core::Limits) while a text is read, before
//! anything is built from it. Reading takes time linear in the length also where limits are raised, and
//! [`Filter::MAX_DEPTH`] cannot be raised: no filter that was read overflows a stack, be it read, copied, printed,
//! checked, asked or dropped.
//!
//! # Leniency
//!
//! [`Filter::parse`] is the grammar of the standard and nothing else. [`Filter::parse_with`] also accepts what a
//! [`Profile`](scim_core::Profile) lets through, and reports each use: [`COMPARISON_AFTER_BRACKETS`] and
//! [`MISSING_BLANK`], which are on under [`Profile::lenient`](scim_core::Profile::lenient), and [`BARE_VALUES`], which is
//! off until it is asked for. What takes schemas to understand is for the check:
//! [`EXTENSION_PATHS`](scim_core::schema::EXTENSION_PATHS) counts where [`CheckOptions::profile`](CheckOptions) has it on.
//!
//! # Incomplete support
//!
//! - User names are compared after case folding and canonical composition, not after the PRECIS profiles of RFC 8265.
//! - `eq` on `password`, which the standard lets a provider offer, is refused like every other question about it.
//! - Brackets do not nest, and no operators beyond those of the standard can be added.

mod ast;
pub mod check;
mod display;
mod error;
mod eval;
mod filter;
mod literal;
mod parse;
mod path;
pub mod query;
mod window;

// The public interface is:
pub use ast::{CompareOp, Filter};
pub use check::{CheckOptions, ElementFilter, Typed, TypedFilter, UnknownAttribute, Warning};
pub use error::FilterError;
pub use filter::{BARE_VALUES, COMPARISON_AFTER_BRACKETS, MISSING_BLANK, Parsed};
pub use literal::{Literal, Number};
pub use path::{ParsedPath, Path};
