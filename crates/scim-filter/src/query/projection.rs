//! Which attributes are wanted, as a request says it (RFC 7644 §3.4.2.5 and §3.9).

use scim_core::schema::EXTENSION_PATHS;
use scim_core::{AttrPath, Deviation, Limits, Profile, Projection, SchemaSet, ScimError, Switch};

/// `attributes` and `excludedAttributes` in one request: the first one counts. Off in both profiles, which refuse it.
pub static ATTRIBUTES_WIN: Switch =
    Switch::new("R7644-3.9-03", "`attributes` and `excludedAttributes` in one request");

/// `attributes` or `excludedAttributes` (RFC 7644 §3.9); a request has one of them at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProjectionParams {
    /// What is returned by default.
    #[default]
    Default,
    /// These, and what is always returned.
    Attributes(Vec<AttrPath>),
    /// What is returned by default without these.
    ExcludedAttributes(Vec<AttrPath>),
}

impl ProjectionParams {
    /// What the parameters mean for the resources of a schema set. Names that it does not have are left out: a query of
    /// several resource types names the attributes of all of them.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    /// use scim_filter::query::ProjectionParams;
    ///
    /// let params = ProjectionParams::Attributes(vec![attr::USER_NAME, attr::MEMBERS]);
    /// let projection = params.resolve(SchemaSet::user());
    /// assert_eq!(projection.attributes().unwrap().len(), 1);
    /// ```
    #[must_use]
    pub fn resolve(&self, schemas: &SchemaSet) -> Projection {
        self.resolve_with(schemas, None, &mut Vec::new())
    }

    /// The same, with the leniencies of a profile.
    pub(super) fn resolve_with(
        &self,
        schemas: &SchemaSet,
        profile: Option<&Profile>,
        deviations: &mut Vec<Deviation>,
    ) -> Projection {
        let lenient = profile.is_some_and(|profile| profile.allows(&EXTENSION_PATHS));
        let mut find = |path: &AttrPath| match schemas.resolve(path) {
            Ok(target) => Some(target),
            Err(_) if lenient => {
                let target = schemas.resolve_lenient(path)?;
                deviations.push(Deviation::new(&EXTENSION_PATHS, path.to_string()));
                Some(target)
            }
            Err(_) => None,
        };
        match self {
            Self::Default => Projection::default(),
            Self::Attributes(paths) => {
                Projection::only(paths.iter().filter_map(&mut find).collect::<Vec<_>>())
            }
            Self::ExcludedAttributes(paths) => {
                Projection::except(paths.iter().filter_map(&mut find).collect::<Vec<_>>())
            }
        }
    }

    /// Puts the two parameters together; an empty list is as good as none.
    pub(super) fn new(
        attributes: Vec<AttrPath>,
        excluded: Vec<AttrPath>,
        profile: &Profile,
        deviations: &mut Vec<Deviation>,
    ) -> Result<Self, ScimError> {
        match (attributes.is_empty(), excluded.is_empty()) {
            (true, true) => Ok(Self::Default),
            (false, true) => Ok(Self::Attributes(attributes)),
            (true, false) => Ok(Self::ExcludedAttributes(excluded)),
            (false, false) if profile.allows(&ATTRIBUTES_WIN) => {
                deviations.push(Deviation::new(&ATTRIBUTES_WIN, "excludedAttributes"));
                Ok(Self::Attributes(attributes))
            }
            (false, false) => {
                Err(ScimError::invalid_value("`attributes` and `excludedAttributes` do not go together"))
            }
        }
    }
}

/// Adds a path to a list, within the limit. Blanks around it do not count, and nor does an empty one.
pub(super) fn push(paths: &mut Vec<AttrPath>, path: &str, limits: &Limits) -> Result<(), ScimError> {
    let path = path.trim_matches(' ');
    if path.is_empty() {
        return Ok(());
    }
    if paths.len() >= limits.projection_paths {
        let most = limits.projection_paths;
        return Err(ScimError::invalid_value(format!("more than {most} attributes are listed")));
    }
    let path = path.parse().map_err(|error: ScimError| {
        ScimError::invalid_value(error.detail().unwrap_or_default().to_owned())
    })?;
    paths.push(path);
    Ok(())
}
