//! What a PATCH request amounts to, and what it does.

use std::fmt::Write;
use std::sync::Arc;

use scim_core::schema::{Schema, SchemaExtension};
use scim_core::{Intent, Limits, Profile, Resource, SchemaSet, SchemaUri, ScimError, json};
use scim_patch::PatchRequest;
use serde_json::Value;

/// The schemas of users and groups, and those of files.
pub(crate) struct Schemas {
    more: Vec<Arc<Schema>>,
}

impl Schemas {
    pub(crate) fn read(files: &[String]) -> Result<Self, ScimError> {
        let more = files.iter().map(|file| Ok(Arc::new(Schema::from_json(&read(file)?)?)));
        Ok(Self { more: more.collect::<Result<_, ScimError>>()? })
    }

    /// The schemas of a document: the base that it lists, and all others as extensions.
    fn of(&self, document: Option<&Value>) -> Result<SchemaSet, ScimError> {
        let listed = document.and_then(|document| document.get("schemas")).and_then(Value::as_array);
        let lists = |uri: &SchemaUri| {
            listed.is_some_and(|all| all.iter().filter_map(Value::as_str).any(|one| *uri == *one))
        };
        let own = self.more.iter().find(|schema| lists(schema.id()));
        let (base, known) = if lists(&SchemaUri::GROUP) {
            (SchemaSet::group().base(), SchemaSet::group().extensions())
        } else if let (false, Some(own)) = (lists(&SchemaUri::USER) || listed.is_none(), own) {
            (own, [].as_slice())
        } else {
            (SchemaSet::user().base(), SchemaSet::user().extensions())
        };
        let others = self.more.iter().filter(|schema| schema.id() != base.id());
        let known = known.iter().filter(|one| !self.more.iter().any(|more| more.id() == one.schema().id()));
        let extensions = known.cloned().chain(others.cloned().map(SchemaExtension::optional));
        SchemaSet::new(Arc::clone(base), extensions)
    }
}

fn read(file: &str) -> Result<Value, ScimError> {
    let bytes = std::fs::read(file).map_err(|error| ScimError::bad_request(format!("{file}: {error}")))?;
    json::read(&bytes, &Limits::default())
}

fn admitted(document: Value, schemas: &SchemaSet) -> Result<Resource, ScimError> {
    Ok(schemas.admit(document, Intent::Response, &Profile::lenient())?.resource)
}

/// Answers one line of a batch.
pub(crate) fn answer(line: &[u8], schemas: &Schemas, profile: &Profile) -> String {
    match answered(line, schemas, profile) {
        Ok(answer) => answer,
        Err(error) => {
            let error = serde_json::to_string(&error).unwrap_or_default();
            format!(r#"{{"ok":false,"error":{error}}}"#)
        }
    }
}

fn answered(line: &[u8], schemas: &Schemas, profile: &Profile) -> Result<String, ScimError> {
    let Value::Object(mut line) = json::read(line, &Limits::default())? else {
        return Err(ScimError::invalid_syntax("the line has to be an object with `resource` and `patch`"));
    };
    let mut part = |name: &str| {
        line.remove(name).ok_or_else(|| ScimError::invalid_syntax(format!("the line has no `{name}`")))
    };
    let (document, body) = (part("resource")?, part("patch")?);
    let schemas = schemas.of(Some(&document))?;
    let resource = admitted(document, &schemas)?;
    let patch = PatchRequest::parse(body, &schemas, profile)?;
    let patched = patch.apply(&resource, &schemas)?;
    let deviations: Vec<Value> = patch
        .deviations()
        .iter()
        .map(|one| serde_json::json!({"id": one.id(), "at": one.at(), "summary": one.summary()}))
        .collect();
    let text = |value: Result<String, serde_json::Error>| value.map_err(ScimError::internal);
    Ok(format!(
        r#"{{"ok":true,"resource":{},"changed":{},"deviations":{}}}"#,
        text(serde_json::to_string(&patched.resource))?,
        text(serde_json::to_string(&patched.changed))?,
        text(serde_json::to_string(&deviations))?,
    ))
}

/// Explains a request to people; whether all is well with it.
pub(crate) fn explain(
    file: &str,
    resource: Option<&str>,
    schemas: &Schemas,
    profile: &Profile,
) -> (String, bool) {
    let mut text = String::new();
    let result = explained(file, resource, schemas, profile, &mut text);
    if let Err(error) = &result {
        let _ = write!(text, "{}refused\n  {error}", if text.is_empty() { "" } else { "\n" });
    }
    (text.trim_end().to_owned(), result.is_ok())
}

/// Writing to a string does not fail, so results are dropped.
fn explained(
    file: &str,
    resource: Option<&str>,
    schemas: &Schemas,
    profile: &Profile,
    text: &mut String,
) -> Result<(), ScimError> {
    let body = read(file)?;
    let document = resource.map(read).transpose()?;
    let schemas = match &document {
        Some(document) => schemas.of(Some(document))?,
        // Nothing says what it is for: a path on members is for a group.
        None if body.to_string().contains("members") => {
            schemas.of(Some(&serde_json::json!({"schemas": [SchemaUri::GROUP]})))?
        }
        None => schemas.of(None)?,
    };
    let resource = document.map(|document| admitted(document, &schemas)).transpose()?;
    let received = ["Operations", "operations"].into_iter().find_map(|name| body.get(name));
    let _ = writeln!(text, "received");
    match received {
        Some(Value::Array(operations)) => {
            for operation in operations {
                let _ = writeln!(text, "  {operation}");
            }
        }
        other => {
            let _ = writeln!(text, "  {}", other.unwrap_or(&body));
        }
    }
    let patch = PatchRequest::parse(body, &schemas, profile)?;
    let written = serde_json::to_value(&patch).map_err(ScimError::internal)?;
    let operations = written.get("Operations").and_then(Value::as_array);
    let _ = writeln!(text, "\nunderstood as");
    for (at, operation) in operations.into_iter().flatten().enumerate() {
        let _ = writeln!(text, "  {}. {operation}", at + 1);
    }
    if patch.is_empty() {
        let _ = writeln!(text, "  nothing to do");
    }
    if !patch.deviations().is_empty() {
        let _ = writeln!(text, "\ntolerated");
    }
    for deviation in patch.deviations() {
        let _ = writeln!(text, "  {deviation}");
    }
    let Some(resource) = resource else { return Ok(()) };
    let patched = patch.apply(&resource, &schemas)?;
    let _ = writeln!(text, "\nchanged");
    for path in &patched.changed {
        let _ = writeln!(text, "  {path}");
    }
    if patched.changed.is_empty() {
        let _ = writeln!(text, "  nothing");
    }
    let result = serde_json::to_string_pretty(&patched.resource).map_err(ScimError::internal)?;
    let _ = writeln!(text, "\nresult\n{result}");
    Ok(())
}
