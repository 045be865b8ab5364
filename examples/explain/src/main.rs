//! Says what a SCIM filter, path or PATCH means, or where it goes wrong. See README.md.

mod decide;
mod json;
mod patch;
mod plain;
mod tree;

use std::ffi::OsString;
use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use scim_core::{Deviation, Intent, Limits, Profile, SchemaSet, SchemaUri, ScimError};
use scim_filter::{CheckOptions, Filter, FilterError, Path, TypedFilter};

use plain::Plain;

const USAGE: &str = "\
usage: explain filter [--lenient] TEXT
       explain path [--lenient] TEXT
       explain filter --json [--lenient] < LINES
       explain path --json [--lenient] < LINES
       explain match --resource FILE [--lenient] TEXT
       explain patch [--profile rfc|lenient] [--schema FILE].. [--resource FILE] PATCH-FILE
       explain patch --json [--profile rfc|lenient] [--schema FILE].. < LINES";

/// What a run is asked for.
struct Arguments {
    command: String,
    json: bool,
    profile: Profile,
    resource: Option<OsString>,
    schemas: Vec<String>,
    text: Option<String>,
}

/// Why a run does not start.
enum Misuse {
    /// The arguments are none of those in [`USAGE`].
    Unknown,
    NotUtf8,
}

/// How a run ends.
enum Outcome {
    Yes,
    No,
    Usage,
}

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome = match arguments(std::env::args_os().skip(1)) {
        Ok(arguments) => run(&arguments, &mut out),
        Err(Misuse::Unknown) => writeln!(io::stderr(), "{USAGE}").map(|()| Outcome::Usage),
        Err(Misuse::NotUtf8) => {
            writeln!(io::stderr(), "an argument is not UTF-8\n{USAGE}").map(|()| Outcome::Usage)
        }
    };
    match outcome.and_then(|outcome| out.flush().map(|()| outcome)) {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        // Whoever read our output has seen enough, or there is nowhere to say more.
        Ok(Outcome::Usage) | Err(_) => ExitCode::from(2),
    }
}

fn arguments(mut words: impl Iterator<Item = OsString>) -> Result<Arguments, Misuse> {
    let utf8 = |word: OsString| word.into_string().map_err(|_| Misuse::NotUtf8);
    let command = utf8(words.next().ok_or(Misuse::Unknown)?)?;
    // A PATCH is read as servers read it; what is typed by hand may as well be right.
    let profile = if command == "patch" { Profile::lenient() } else { Profile::rfc() };
    let mut arguments =
        Arguments { command, json: false, profile, resource: None, schemas: Vec::new(), text: None };
    while let Some(word) = words.next() {
        let word = utf8(word)?;
        match word.as_str() {
            "--json" => arguments.json = true,
            "--lenient" => arguments.profile = Profile::lenient(),
            "--profile" => {
                arguments.profile = match utf8(words.next().ok_or(Misuse::Unknown)?)?.as_str() {
                    "rfc" => Profile::rfc(),
                    "lenient" => Profile::lenient(),
                    _ => return Err(Misuse::Unknown),
                }
            }
            "--schema" if arguments.command == "patch" => {
                arguments.schemas.push(utf8(words.next().ok_or(Misuse::Unknown)?)?);
            }
            "--resource" => arguments.resource = Some(words.next().ok_or(Misuse::Unknown)?),
            _ if arguments.text.is_none() => arguments.text = Some(word),
            _ => return Err(Misuse::Unknown),
        }
    }
    Ok(arguments)
}

fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<Outcome> {
    let profile = &arguments.profile;
    match (arguments.command.as_str(), arguments.json, &arguments.text, &arguments.resource) {
        ("filter", true, None, None) => batch(out, |text| json::filter(&read_filter(text, profile)?.0)),
        ("path", true, None, None) => batch(out, |text| json::path(&read_path(text, profile)?.0)),
        ("filter", false, Some(text), None) => match read_filter(text, profile) {
            Ok((filter, deviations)) => {
                writeln!(out, "{}\n\n{}", Plain(&filter), Plain(&tree::filter(&filter)))?;
                report(out, &deviations)
            }
            Err(error) => refuse(out, &error),
        },
        ("path", false, Some(text), None) => match read_path(text, profile) {
            Ok((path, deviations)) => {
                writeln!(out, "{}\n\n{}", Plain(&path), Plain(&tree::path(&path)))?;
                report(out, &deviations)
            }
            Err(error) => refuse(out, &error),
        },
        ("match", false, Some(text), Some(file)) => match read_filter(text, profile) {
            Ok((filter, deviations)) => matches(out, &filter, deviations, profile, file),
            Err(error) => refuse(out, &error),
        },
        ("patch", true, None, None) => match patch::Schemas::read(&arguments.schemas) {
            Ok(schemas) => {
                lines(|line| {
                    writeln!(out, "{}", patch::answer(line, &schemas, profile))?;
                    out.flush()
                })?;
                Ok(Outcome::Yes)
            }
            Err(error) => writeln!(io::stderr(), "{error}").map(|()| Outcome::Usage),
        },
        ("patch", false, Some(file), resource) => match patch::Schemas::read(&arguments.schemas) {
            Ok(schemas) => {
                let resource = resource.as_deref().map(|path| path.to_string_lossy());
                let (text, fine) = patch::explain(file, resource.as_deref(), &schemas, profile);
                writeln!(out, "{text}")?;
                Ok(if fine { Outcome::Yes } else { Outcome::No })
            }
            Err(error) => writeln!(io::stderr(), "{error}").map(|()| Outcome::Usage),
        },
        _ => writeln!(io::stderr(), "{USAGE}").map(|()| Outcome::Usage),
    }
}

fn read_filter(text: &str, profile: &Profile) -> Result<(Filter, Vec<Deviation>), FilterError> {
    let parsed = Filter::parse_with(text, &Limits::default(), profile)?;
    Ok((parsed.filter, parsed.deviations))
}

fn read_path(text: &str, profile: &Profile) -> Result<(Path, Vec<Deviation>), FilterError> {
    let parsed = Path::parse_with(text, &Limits::default(), profile)?;
    Ok((parsed.path, parsed.deviations))
}

/// Answers JSON strings, one a line, each as soon as it is read: line n of the answer is about line n.
fn batch(out: &mut impl Write, answer: impl Fn(&str) -> Result<String, FilterError>) -> io::Result<Outcome> {
    lines(|line| {
        let answer = match serde_json::from_slice::<String>(line) {
            Ok(text) => answer(&text).unwrap_or_else(|error| json::refusal(&error)),
            Err(_) => json::not_a_string(),
        };
        writeln!(out, "{answer}")?;
        out.flush()
    })?;
    Ok(Outcome::Yes)
}

/// The lines of standard input.
fn lines(mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    for line in io::stdin().lock().split(b'\n') {
        each(&line?)?;
    }
    Ok(())
}

fn report(out: &mut impl Write, deviations: &[Deviation]) -> io::Result<Outcome> {
    for deviation in deviations {
        writeln!(out, "\nnot of the grammar: {}", Plain(deviation))?;
    }
    Ok(Outcome::Yes)
}

fn refuse(out: &mut impl Write, error: &FilterError) -> io::Result<Outcome> {
    if let Some(caret) = error.caret() {
        writeln!(out, "{}", Plain(&caret))?;
    }
    writeln!(out, "{}", Plain(error))?;
    if let Some(expected) = error.expected().filter(|expected| !error.to_string().contains(expected)) {
        writeln!(out, "expected {expected}")?;
    }
    Ok(Outcome::No)
}

/// Says whether the resource in a file matches, and why.
fn matches(
    out: &mut impl Write,
    filter: &Filter,
    mut deviations: Vec<Deviation>,
    profile: &Profile,
    file: &OsString,
) -> io::Result<Outcome> {
    let file = std::path::Path::new(file);
    let options = CheckOptions { profile: Some(profile), ..CheckOptions::default() };
    let decided = std::fs::read(file)
        .map_err(|error| ScimError::bad_request(format!("{}: {error}", file.display())))
        .and_then(|bytes| scim_core::json::read(&bytes, &Limits::default()))
        .and_then(|json| {
            let is_group = |uri: &serde_json::Value| uri.as_str().is_some_and(|uri| SchemaUri::GROUP == *uri);
            let listed = json.get("schemas").and_then(serde_json::Value::as_array);
            let group = listed.is_some_and(|uris| uris.iter().any(is_group));
            let schemas = if group { SchemaSet::group() } else { SchemaSet::user() };
            let resource = schemas.admit(json, Intent::Response, &Profile::lenient())?.resource;
            let check = |filter: &Filter| filter.check_with(schemas, &options);
            let typed: TypedFilter = check(filter)?;
            Ok((decide::why(filter, &check, &resource)?, typed))
        });
    match decided {
        Ok(((holds, terms), typed)) => {
            writeln!(out, "{holds}, decided by")?;
            for term in terms {
                writeln!(out, "  {}", Plain(&term))?;
            }
            for warning in typed.warnings() {
                writeln!(out, "warning: {}", Plain(warning))?;
            }
            deviations.extend_from_slice(typed.deviations());
            report(out, &deviations)?;
            Ok(if holds { Outcome::Yes } else { Outcome::No })
        }
        Err(error) => writeln!(out, "{}", Plain(&error)).map(|()| Outcome::No),
    }
}
