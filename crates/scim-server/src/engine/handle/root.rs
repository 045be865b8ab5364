//! Queries over all resource types, RFC 7644 §3.4.2.1: one order and one total, whichever store a resource is in.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scim_core::{ListResponse, Projection, Resolved, Resource, SchemaSet, ScimError};
use scim_filter::CheckOptions;
use scim_filter::check::UnknownAttribute;
use scim_filter::query::{ParsedQuery, SortKey, Start as Asked, TypedQuery, TypedSort};

use super::query::not_a_cursor;
use crate::auth::Access;
use crate::context::{Context, Operation};
use crate::engine::listing::{Onward, ask};
use crate::engine::respond::{Failure, Reply};
use crate::engine::{Call, Mounted};
use crate::store::page::with_common;
use crate::store::{Query, Start, Stored};

/// So far into a sorted answer over several types one gets by index; cursors go further.
const REACH: u64 = 10_000;

/// A resource type that takes part, and how far it has been read.
struct Lane<'a> {
    mounted: &'a Mounted,
    cx: Context,
    query: Query,
    /// What the answer shows; the order may take more than that to be made.
    shown: Projection,
    state: State,
}

/// How far a type has been read; this is what a cursor over several types holds for each.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    /// Where it goes on; nothing at the front.
    from: Option<Onward>,
    done: bool,
}

impl Call {
    pub(in crate::engine) async fn root_query(&self, parsed: ParsedQuery) -> Result<Reply, Failure> {
        self.note(Operation::Query, None);
        let engine = &self.engine;
        if !engine.features.root_search || self.types.len() < 2 {
            return Err(
                ScimError::not_implemented("queries over all resource types are not offered here").into()
            );
        }
        let parsed = self.offered(parsed)?;
        let with_cursors = self.uses_cursors(&parsed.query.page)?;
        // A cursor holds how far each type has been read, and is good for just these types.
        let readable = self.types.iter().filter(|of| self.require(of, Access::Read).is_ok());
        let target = readable.fold("/".to_owned(), |all, of| all + &of.endpoint);
        let states = match &parsed.query.page.start {
            Asked::Cursor(cursor) => {
                read_states(&self.open(cursor, &target, &parsed.query)?).ok_or_else(not_a_cursor)?
            }
            _ => Vec::new(),
        };
        let mut lanes = self.lanes(&parsed, &states)?;
        let count = parsed.query.page.size(self.limits());
        let skip = match parsed.query.page.start {
            Asked::Index(index) => index.saturating_sub(1),
            _ => 0,
        };
        let (found, total) = if with_cursors {
            (self.next_of(&mut lanes, count).await?, None)
        } else {
            let (found, total) = self.window_of(&mut lanes, skip, count).await?;
            (found, Some(total))
        };
        let next = match lanes.iter().all(|lane| lane.state.done) {
            false if with_cursors && count > 0 => {
                Some(self.sealed(&write_states(&lanes), &target, &parsed.query)?)
            }
            _ => None,
        };
        let total = match total {
            // With no resources wanted, the total is all there is to say (RFC 9865 §2).
            None if count == 0 => Some(self.window_of(&mut lanes, 0, 0).await?.1),
            total => total,
        };
        let shown = found
            .into_iter()
            .filter_map(|(lane, stored)| lanes.get(lane).map(|lane| (lane.mounted, stored, &lane.shown)))
            .collect();
        let shown = self.show(shown).await?;
        let answer = ListResponse {
            total_results: total,
            start_index: (!with_cursors).then(|| skip.saturating_add(1)),
            items_per_page: Some(shown.len() as u64),
            previous_cursor: None,
            next_cursor: next.map(|next| next.as_str().into()),
            resources: Vec::new(),
        };
        self.page(answer, &shown)
    }

    /// The types that the principal may read and that the filter makes sense for.
    fn lanes<'a>(&'a self, parsed: &ParsedQuery, states: &[State]) -> Result<Vec<Lane<'a>>, ScimError> {
        let mut lanes = Vec::new();
        for mounted in self.types.iter() {
            if self.require(mounted, Access::Read).is_err() {
                continue;
            }
            let cx = self.cx(mounted, Operation::Query);
            // What a type lacks has no value there.
            let readable = self.readable(mounted);
            let options = CheckOptions {
                profile: Some(cx.profile()),
                readable: readable.as_deref(),
                unknown: UnknownAttribute::NoValue,
                ..CheckOptions::default()
            };
            let TypedQuery { filter, sort, projection, deviations, .. } =
                self.with_ids(&parsed.query).check(cx.schemas(), &options)?;
            self.deviated(deviations);
            let want = with_order(&projection, sort.as_ref(), cx.schemas());
            let query = Query { filter, sort, start: Start::Index(1), count: 0, want, total: true };
            let state = states.get(lanes.len()).cloned().unwrap_or(State { from: None, done: false });
            lanes.push(Lane { mounted, cx, query, shown: projection, state });
        }
        if lanes.is_empty() {
            return Err(ScimError::forbidden("these credentials may not read any resources"));
        }
        if !states.is_empty() && states.len() != lanes.len() {
            return Err(not_a_cursor());
        }
        Ok(lanes)
    }

    /// A window by position, and the total.
    async fn window_of(
        &self,
        lanes: &mut [Lane<'_>],
        skip: u64,
        count: usize,
    ) -> Result<(Vec<(usize, Stored<Resource>)>, u64), Failure> {
        let sorted = lanes.iter().any(|lane| lane.query.sort.is_some());
        let mut total = 0_u64;
        let mut found = Vec::new();
        if sorted {
            let reach = skip.saturating_add(count as u64);
            if count > 0 && reach > REACH {
                return Err(ScimError::too_many(format!(
                    "a sorted answer over several types reaches {REACH} resources by index: use `cursor`, or sort one type"
                ))
                .into());
            }
            let upto = usize::try_from(reach).unwrap_or(usize::MAX);
            for (index, lane) in lanes.iter_mut().enumerate() {
                let mut first = 1_u64;
                let mut left = if count == 0 { 0 } else { upto };
                loop {
                    lane.query.start = Start::Index(first);
                    lane.query.count = left.min(self.limits().page_max);
                    let part = ask(lane.mounted, &lane.cx, &lane.query).await?;
                    if first == 1 {
                        total = total.saturating_add(part.total.unwrap_or(part.items.len() as u64));
                    }
                    let got = part.items.len();
                    found.extend(part.items.into_iter().map(|stored| (index, stored)));
                    left = left.saturating_sub(got);
                    first = first.saturating_add(got as u64);
                    if left == 0 || got == 0 || part.next.is_none() {
                        break;
                    }
                }
            }
            let mut keyed: Vec<_> =
                found.into_iter().map(|(lane, stored)| (key(lanes, lane, &stored), lane, stored)).collect();
            keyed.sort_by(|a, b| compare((&a.0, a.1), (&b.0, b.1)));
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            let found =
                keyed.into_iter().skip(skip).take(count).map(|(_, lane, stored)| (lane, stored)).collect();
            return Ok((found, total));
        }
        // One type after the other, each in its own order.
        let mut skip = skip;
        for (index, lane) in lanes.iter_mut().enumerate() {
            let room = count.saturating_sub(found.len());
            lane.query.start = Start::Index(skip.saturating_add(1));
            lane.query.count = room;
            let part = ask(lane.mounted, &lane.cx, &lane.query).await?;
            let here = part.total.unwrap_or(part.items.len() as u64);
            total = total.saturating_add(here);
            skip = skip.saturating_sub(here);
            found.extend(part.items.into_iter().map(|stored| (index, stored)));
        }
        Ok((found, total))
    }

    /// The next so many of a run with cursors, which moves the lanes on.
    async fn next_of(
        &self,
        lanes: &mut [Lane<'_>],
        count: usize,
    ) -> Result<Vec<(usize, Stored<Resource>)>, Failure> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let sorted = lanes.iter().any(|lane| lane.query.sort.is_some());
        let mut fetched: Vec<(Option<SortKey>, usize, Stored<Resource>)> = Vec::new();
        let mut pages = Vec::new();
        for (index, lane) in lanes.iter_mut().enumerate() {
            let enough = !sorted && fetched.len() >= count;
            if lane.state.done || enough {
                pages.push(None);
                continue;
            }
            lane.query.start = match &lane.state.from {
                None => Start::After(None),
                Some(from) => from.start()?,
            };
            lane.query.count = count;
            lane.query.total = false;
            let part = ask(lane.mounted, &lane.cx, &lane.query).await?;
            let got = part.items.len();
            pages.push(Some((got, part.next)));
            fetched.extend(part.items.into_iter().map(|stored| (None, index, stored)));
        }
        if sorted {
            for (of, lane, stored) in &mut fetched {
                *of = key(lanes, *lane, stored);
            }
            fetched.sort_by(|a, b| compare((&a.0, a.1), (&b.0, b.1)));
        }
        fetched.truncate(count);
        for (index, (lane, page)) in lanes.iter_mut().zip(pages).enumerate() {
            let Some((got, next)) = page else { continue };
            let used = fetched.iter().filter(|one| one.1 == index).count();
            let next = match (used < got, &lane.query.start) {
                (false, _) => next,
                (true, _) if used == 0 => continue,
                (true, Start::Index(first)) => Some(Onward::Index(first.saturating_add(used as u64))),
                // A store's cursors stand between its pages: one of just this length has the right one at its end.
                (true, Start::After(_)) => {
                    lane.query.count = used;
                    ask(lane.mounted, &lane.cx, &lane.query).await?.next
                }
            };
            lane.state = State { done: next.is_none(), from: next };
        }
        Ok(fetched.into_iter().map(|(_, lane, stored)| (lane, stored)).collect())
    }
}

/// What is shown, and what the order depends on: types are merged here, by values that a store may leave out otherwise.
fn with_order(shown: &Projection, sort: Option<&TypedSort>, schemas: &SchemaSet) -> Projection {
    let Some(target) = sort.and_then(TypedSort::target) else { return shown.clone() };
    // Of a list it takes which element is the primary one.
    let Ok(whole) = schemas.resolve(&target.path().clone().without_sub()) else { return shown.clone() };
    let want = match shown.attributes() {
        Some(paths) => Projection::only(paths.iter().cloned().chain([whole.clone()])),
        None => {
            let hides = |path: &Resolved| {
                path.extension() == whole.extension()
                    && path
                        .attribute()
                        .is_none_or(|one| Some(one.name()) == whole.attribute().map(|a| a.name()))
            };
            Projection::except(shown.excluded_attributes().iter().filter(|path| !hides(path)).cloned())
        }
    };
    want.with_supplied([whole, target.clone()])
}

fn key(lanes: &[Lane<'_>], lane: usize, stored: &Stored<Resource>) -> Option<SortKey> {
    let lane = lanes.get(lane)?;
    let resource = with_common(stored, &lane.mounted.name);
    lane.query.sort.as_ref().map(|sort| sort.key(&resource))
}

fn compare(a: (&Option<SortKey>, usize), b: (&Option<SortKey>, usize)) -> Ordering {
    a.0.cmp(b.0).then(a.1.cmp(&b.1))
}

fn write_states(lanes: &[Lane<'_>]) -> String {
    let each = lanes.iter().map(|lane| {
        let from = lane.state.from.as_ref().map(Onward::write);
        serde_json::json!([from, lane.state.done])
    });
    // A cursor has few characters to be written with.
    URL_SAFE_NO_PAD.encode(serde_json::Value::Array(each.collect()).to_string())
}

fn read_states(text: &str) -> Option<Vec<State>> {
    let text = URL_SAFE_NO_PAD.decode(text).ok()?;
    let states: Vec<(Option<String>, bool)> = serde_json::from_slice(&text).ok()?;
    states
        .into_iter()
        .map(|(from, done)| {
            let from = match from {
                Some(from) => Some(Onward::read(&from)?),
                None => None,
            };
            Some(State { from, done })
        })
        .collect()
}
