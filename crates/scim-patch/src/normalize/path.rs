//! What a path means, RFC 7644 §3.5.2 and §3.10.

use scim_core::schema::{AttrType, Attribute, EXTENSION_PATHS};
use scim_core::{AttrPath, Resolved, ScimError, admit, attr};
use scim_filter::{ElementFilter, Filter, Literal, Path, Warning};

use super::{Reader, UNKNOWN_PATHS};

/// What a path points at.
pub(super) struct Target {
    /// The attribute, the sub-attribute (also the one after brackets), or the extension.
    pub(super) resolved: Resolved,
    pub(super) filter: Option<ElementFilter>,
}

impl Reader<'_> {
    /// Reads and resolves a path; `None` when it is unknown and to be skipped.
    pub(super) fn path(&mut self, text: &str) -> Result<Option<Target>, ScimError> {
        let parsed = Path::parse_with(text, self.limits, self.profile).map_err(ScimError::from)?;
        self.report(parsed.deviations);
        let Path { attr, filter, sub } = parsed.path;
        let Some(resolved) = self.resolve(&attr)? else { return Ok(None) };
        let Some(filter) = filter else { return Ok(Some(Target { resolved, filter: None })) };
        let selectable = resolved.sub_attribute().is_none()
            && resolved
                .attribute()
                .is_some_and(|attribute| attribute.multi_valued() || attribute.kind() == AttrType::Complex);
        if !selectable {
            let text = format!("`{}` has no elements: brackets do not apply", resolved.path());
            return Err(ScimError::invalid_path(text));
        }
        let checked = filter.check_element(&resolved, self.schemas).map_err(ScimError::from)?;
        let filter = self.boolean_as_string(&resolved, checked)?;
        let resolved = match sub {
            None => resolved,
            Some(sub) => resolved.with_sub_attribute(sub.as_str()).ok_or_else(|| {
                ScimError::invalid_path(format!("`{}` has no sub-attribute `{sub}`", resolved.path()))
            })?,
        };
        Ok(Some(Target { resolved, filter: Some(filter) }))
    }

    fn resolve(&mut self, path: &AttrPath) -> Result<Option<Resolved>, ScimError> {
        let error = match self.schemas.resolve(path) {
            Ok(resolved) => return Ok(Some(resolved)),
            Err(error) => error,
        };
        if let Some(resolved) = self.unprefixed(path) {
            if self.tolerates(&EXTENSION_PATHS, || path.to_string()) {
                return Ok(Some(resolved));
            }
        }
        if self.tolerates(&UNKNOWN_PATHS, || path.to_string()) {
            return Ok(None);
        }
        Err(error)
    }

    /// ENT-13: an extension's attribute after its URN and a dot, or without the URN; and one of the base schema after that
    /// schema's URN and a dot, since a leaver's `active` may come so.
    pub(super) fn unprefixed(&self, path: &AttrPath) -> Option<Resolved> {
        self.schemas.resolve_lenient(path).or_else(|| {
            let (text, base) = (path.to_string(), self.schemas.base().id().as_str());
            let (head, tail) = text.split_at_checked(base.len())?;
            let inner: AttrPath =
                tail.strip_prefix('.').filter(|_| head.eq_ignore_ascii_case(base))?.parse().ok()?;
            inner.schema().is_none().then(|| self.schemas.resolve(&inner).ok())?
        })
    }

    /// ENT-02 inside of brackets: `roles[primary eq "True"]`.
    fn boolean_as_string(
        &mut self,
        attribute: &Resolved,
        checked: ElementFilter,
    ) -> Result<ElementFilter, ScimError> {
        let mut found = false;
        for warning in checked.warnings() {
            if let Warning::BooleanAsString(path) = warning {
                found = true;
                if !self.tolerates(&admit::STRING_BOOLEANS, || path.to_string()) {
                    return Err(ScimError::invalid_filter(warning.to_string()));
                }
            }
        }
        match attribute.attribute() {
            Some(of) if found => {
                let filter = with_booleans(checked.filter().clone(), of);
                filter.check_element(attribute, self.schemas).map_err(ScimError::from)
            }
            _ => Ok(checked),
        }
    }
}

/// The same filter with booleans where texts spell them.
fn with_booleans(filter: Filter, attribute: &Attribute) -> Filter {
    let all =
        |filters: Vec<Filter>| filters.into_iter().map(|filter| with_booleans(filter, attribute)).collect();
    match filter {
        Filter::And(filters) => Filter::And(all(filters)),
        Filter::Or(filters) => Filter::Or(all(filters)),
        Filter::Not(inner) => Filter::Not(Box::new(with_booleans(*inner, attribute))),
        Filter::Compare(path, op, Literal::String(text)) => {
            let sub = path.name().and_then(|name| attribute.sub(name.as_str()));
            let boolean = sub.is_some_and(|sub| sub.kind() == AttrType::Boolean);
            let literal =
                if boolean { text.eq_ignore_ascii_case("true").into() } else { Literal::String(text) };
            Filter::Compare(path, op, literal)
        }
        other => other,
    }
}

/// Whether this is the attribute `schemas`, which follows rules of its own.
pub(super) fn is_schemas(target: &Resolved) -> bool {
    *target.path() == attr::SCHEMAS
}
