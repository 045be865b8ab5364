//! Whether the target is what the source says: read from both, whatever the job remembers.

mod ends;
mod references;
mod verdict;

use std::collections::{HashMap, HashSet};

use scim_client::Client;
use scim_core::{Resource, ResourceId};
use scim_sync::{CompiledRules, Directory, Escrow, Kind, Rules, SourceId, SourceObject};
use serde_json::Value;

use self::ends::{Ends, Lookup};
pub(crate) use self::verdict::{Verdict, is_for_good};
use crate::Failure;

/// A comparison under way.
struct Comparison<'a> {
    rules: &'a CompiledRules,
    ends: Ends,
    /// What waits to be tried again, for the reasons that the target or the source gave.
    refused: HashMap<(Kind, SourceId), &'a Escrow>,
    /// Whether the target holds others too.
    shared: bool,
    /// Which resource an object is.
    homes: HashMap<SourceId, ResourceId>,
    /// Who is in scope.
    inside: HashSet<SourceId>,
    verdict: Verdict,
}

/// Compares. In a target that is `shared`, resources that nobody in the source stands for are left out of account.
///
/// What failed for good is no difference, and is told: `escrows` say why.
pub(crate) async fn compare(
    client: &Client,
    rules: &Rules,
    source: &Directory,
    escrows: &[Escrow],
    shared: bool,
) -> Result<Verdict, Failure> {
    let rules = rules.clone().compile()?;
    let ends = Ends::read(client, &rules).await?;
    let refused = escrows.iter().filter(|escrow| is_for_good(escrow.code));
    let refused = refused.map(|escrow| ((escrow.kind, escrow.source_id.clone()), escrow)).collect();
    let mut comparison = Comparison {
        rules: &rules,
        ends,
        refused,
        shared,
        homes: HashMap::new(),
        inside: HashSet::new(),
        verdict: Verdict::default(),
    };
    let mut inside = Vec::new();
    for kind in [Kind::User, Kind::Group] {
        if rules.rules().mapping(kind).enabled {
            inside.extend(comparison.objects(kind, source));
        }
    }
    inside.iter().for_each(|object| comparison.references(object));
    comparison.strangers();
    Ok(comparison.verdict)
}

impl Comparison<'_> {
    /// Everything but references, of one kind; gives the objects in scope that have a resource.
    fn objects(&mut self, kind: Kind, source: &Directory) -> Vec<SourceObject> {
        let all = source.ids(kind).into_iter().filter_map(|id| source.object(kind, &id));
        let (inside, outside): (Vec<_>, Vec<_>) = all.partition(|object| self.rules.scope(object).is_in());
        // Several may want one resource: it is his whom it fits, and theirs who do not get it is an error of the source.
        let mut wanted: HashMap<ResourceId, Vec<SourceObject>> = HashMap::new();
        for object in inside {
            match self.look_up(&object, false) {
                Lookup::Found(id) => wanted.entry(id).or_default().push(object),
                Lookup::Nobody => self.missing(&object, "it is not there"),
                Lookup::Several => self.missing(&object, "the target has more than one of it"),
                Lookup::NoName => self.verdict.explain("ImportSkipped", object.display_name()),
            }
        }
        let mut there = Vec::new();
        for (id, mut objects) in wanted {
            let fits = objects.iter().position(|object| self.differences(object, &id).is_empty());
            let owner = objects.swap_remove(fits.unwrap_or(0));
            for other in objects {
                self.verdict.explain("DuplicateSourceEntries", other.display_name());
            }
            let differences = self.differences(&owner, &id);
            match self.refused.get(&(kind, owner.id.clone())) {
                Some(escrow) if !differences.is_empty() && !escrow.reference => {
                    self.verdict.explain(escrow.code.as_str(), owner.display_name());
                }
                _ => differences.into_iter().for_each(|difference| self.verdict.differ(&owner, difference)),
            }
            self.verdict.found(kind);
            self.ends.claim(kind, &id);
            self.homes.insert(owner.id.clone(), id);
            self.inside.insert(owner.id.clone());
            there.push(owner);
        }
        outside.iter().for_each(|object| self.outside(object));
        there
    }

    fn look_up(&self, object: &SourceObject, gone: bool) -> Lookup {
        match self.rules.mapping(object.kind).values(object, gone) {
            Ok(values) => self.ends.look_up(self.rules, object.kind, &values),
            Err(_) => Lookup::Nobody,
        }
    }

    fn missing(&mut self, object: &SourceObject, what: &str) {
        match self.refused.get(&(object.kind, object.id.clone())) {
            Some(escrow) => self.verdict.explain(escrow.code.as_str(), object.display_name()),
            None => self.verdict.differ(object, what),
        }
    }

    /// What is not as the mapping has it.
    fn differences(&self, object: &SourceObject, id: &ResourceId) -> Vec<String> {
        let mapping = self.rules.mapping(object.kind);
        let (Ok(values), Some(resource)) = (mapping.values(object, false), self.ends.get(object.kind, id))
        else {
            return vec!["its values cannot be worked out".to_owned()];
        };
        let mut differences = Vec::new();
        for (at, row) in mapping.rows().iter().enumerate() {
            let Some(wanted) = values.get(at).filter(|_| row.reference().is_none() && !row.only_creation())
            else {
                continue;
            };
            let actual = row.value(resource);
            if !actual.is_some_and(|actual| row.is_same(actual, wanted)) {
                let shown = |value: Option<&Value>| match (value, row.is_masked()) {
                    (None, _) => "nothing".to_owned(),
                    (_, true) => "[masked]".to_owned(),
                    (Some(value), _) => value.to_string(),
                };
                let (wanted, actual) = (shown(Some(wanted)), shown(actual));
                differences.push(format!("`{}` is {actual} where the source has {wanted}", row.target()));
            }
        }
        differences
    }

    /// Somebody who is out of scope has no account that is open, and a group is gone.
    fn outside(&mut self, object: &SourceObject) {
        let Lookup::Found(id) = self.look_up(object, true) else { return };
        if self.ends.is_claimed(object.kind, &id) {
            return;
        }
        let options = self.rules.rules();
        let kept = self.shared || options.skip_out_of_scope_deletions;
        match object.kind {
            Kind::User if self.ends.get(Kind::User, &id).is_none_or(|user| !is_open(user)) => {
                self.verdict.closed += 1;
            }
            _ if kept || !options.mapping(object.kind).update => {}
            Kind::User => self.verdict.differ(object, "it is out of scope, and its account is open"),
            Kind::Group => self.verdict.differ(object, "it is out of scope, and is there"),
        }
        self.ends.claim(object.kind, &id);
        self.homes.insert(object.id.clone(), id);
    }

    /// What the target has and the source has not.
    fn strangers(&mut self) {
        for kind in [Kind::User, Kind::Group] {
            for (id, name, open) in self.ends.unclaimed(kind) {
                if self.shared || !open {
                    self.verdict.others += 1;
                } else {
                    self.verdict.stranger(kind, &id, &name);
                }
            }
        }
    }
}

fn is_open(resource: &Resource) -> bool {
    resource.get(&scim_core::attr::ACTIVE) != Some(&Value::Bool(false))
}
