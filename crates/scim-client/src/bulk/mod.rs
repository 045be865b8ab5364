//! Many operations in few requests, RFC 7644 §3.7.

mod plan;
mod refs;

use std::collections::{HashMap, VecDeque};

use http::Method;
use scim_core::{BulkOperation, BulkRequest, BulkResponse, BulkResult, ScimError};
use serde_json::Value;

use crate::client::Client;
use crate::error::{Error, UnexpectedKind};
use crate::exchange::Ask;
use crate::write;

/// What became of a bulk request: [`Client::bulk`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct BulkOutcome {
    /// One place for each operation, in the order of the request; nothing where it was not tried, or nobody knows.
    pub results: Vec<Option<BulkResult>>,
    /// Why the operations after the last result were not tried, if not for `failOnErrors`.
    pub stopped: Option<Error>,
}

impl BulkOutcome {
    /// The operations that failed, by their place in the request, with what the server said.
    pub fn failures(&self) -> impl Iterator<Item = (usize, ScimError)> {
        self.results.iter().enumerate().filter_map(|(at, result)| {
            let result = result.as_ref().filter(|result| failed(result))?;
            let said =
                result.response.clone().and_then(|body| serde_json::from_value::<ScimError>(body).ok());
            Some((at, said.unwrap_or_else(|| ScimError::new(0)).with_status(result.status)))
        })
    }
}

fn failed(result: &BulkResult) -> bool {
    result.status >= 400 || result.status < 200
}

impl Client {
    /// Sends many operations in as few requests as the server's bounds allow.
    ///
    /// Where one request does not hold them all, each `bulkId` of an earlier request is replaced by the `id` that the server
    /// gave; operations that refer to each other in a circle stay together. An operation whose reference has no id, because
    /// the creation failed, is not tried. Nothing is repeated once the server may have seen it, since operations create.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
    /// use scim_core::{BulkMethod, BulkOperation, BulkRequest};
    ///
    /// let gone = ["7", "8"].map(|id| BulkOperation {
    ///     method: BulkMethod::Delete,
    ///     bulk_id: None,
    ///     version: None,
    ///     path: format!("/Users/{id}"),
    ///     data: None,
    /// });
    /// let outcome = client.bulk(BulkRequest { fail_on_errors: None, operations: gone.into() }).await?;
    /// for (at, error) in outcome.failures() {
    ///     println!("operation {at}: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] when nothing was done: the server has no bulk, one operation is larger than its bounds, or the first request
    /// failed. What goes wrong later is in [`BulkOutcome::stopped`].
    pub async fn bulk(&self, request: BulkRequest) -> Result<BulkOutcome, Error> {
        let no_bulk = || Error::request(ScimError::not_implemented("this server has no bulk"));
        let limits = self.dialect().bulk.ok_or_else(no_bulk)?;
        let mut run = Run::new(request);
        let mut units = plan::units(&run.operations, &limits).map_err(Error::request)?;
        let mut first = true;
        while !units.is_empty() {
            let limits = self.dialect().bulk.ok_or_else(no_bulk)?;
            let Chunk { sent: chunk, units: taken } = match run.chunk(&mut units, &limits) {
                Ok(chunk) => chunk,
                Err(error) if first => return Err(Error::request(error)),
                Err(error) => return Ok(run.stopped(Error::request(error))),
            };
            if chunk.is_empty() {
                continue;
            }
            match self.bulk_once(&run, &chunk).await {
                Ok(response) => run.take(&chunk, response),
                Err(error) if error.status() == Some(413) && taken.len() > 1 => {
                    let most = chunk.len() / 2;
                    self.learn(|dialect| {
                        if let Some(bulk) = &mut dialect.bulk {
                            bulk.max_operations = bulk.max_operations.min(most);
                        }
                    });
                    taken.into_iter().rev().for_each(|unit| units.push_front(unit));
                    continue;
                }
                Err(error) => {
                    if error.status() == Some(501) {
                        self.learn(|dialect| dialect.bulk = None);
                    }
                    return if first { Err(error) } else { Ok(run.stopped(error)) };
                }
            }
            first = false;
            if run.left == Some(0) {
                break;
            }
        }
        Ok(run.outcome)
    }

    async fn bulk_once(&self, run: &Run, chunk: &[Sent]) -> Result<BulkResponse, Error> {
        let operations = chunk.iter().map(|sent| sent.operation.clone()).collect();
        let request = BulkRequest { fail_on_errors: run.left, operations };
        let ask = Ask::new(Method::POST, "/Bulk").with_body(write::bytes(&request).map_err(Error::request)?);
        let success = self.exchange(&ask).await.0?;
        let map = success.json(&self.0.limits)?;
        if !map.keys().any(|name| name.eq_ignore_ascii_case("Operations")) {
            return Err(success.odd(UnexpectedKind::NotScim, "it has no `Operations`"));
        }
        serde_json::from_value(Value::Object(map))
            .map_err(|error| success.odd(UnexpectedKind::Malformed, error.to_string()))
    }
}

/// An operation as it is sent, and its place in the request.
struct Sent {
    at: usize,
    operation: BulkOperation,
}

/// Operations that have to be in one request, by their places.
type Unit = Vec<usize>;

/// What goes into one request.
struct Chunk {
    units: Vec<Unit>,
    sent: Vec<Sent>,
}

struct Run {
    operations: Vec<BulkOperation>,
    outcome: BulkOutcome,
    /// How many may still fail.
    left: Option<u64>,
    /// The ids that the server gave.
    ids: HashMap<String, String>,
    /// Where the operation of a bulkId stands.
    by_bulk_id: HashMap<String, usize>,
}

impl Run {
    fn new(request: BulkRequest) -> Self {
        let results = std::iter::repeat_with(|| None).take(request.operations.len()).collect();
        let by_bulk_id = (0..)
            .zip(&request.operations)
            .filter_map(|(at, operation)| Some((operation.bulk_id.clone()?, at)))
            .collect();
        Self {
            operations: request.operations,
            outcome: BulkOutcome { results, stopped: None },
            left: request.fail_on_errors,
            ids: HashMap::new(),
            by_bulk_id,
        }
    }

    fn stopped(mut self, error: Error) -> BulkOutcome {
        self.outcome.stopped = Some(error);
        self.outcome
    }

    /// As many units as fit into one request; those whose references have no id are dropped.
    fn chunk(
        &self,
        units: &mut VecDeque<Unit>,
        limits: &crate::dialect::BulkLimits,
    ) -> Result<Chunk, ScimError> {
        let mut chunk: Vec<Sent> = Vec::new();
        let mut taken = Vec::new();
        let mut bytes = plan::ENVELOPE;
        while let Some(unit) = units.front() {
            let inside = |at: usize| unit.contains(&at) || chunk.iter().any(|sent| sent.at == at);
            let resolved: Option<Vec<Sent>> = unit
                .iter()
                .map(|at| {
                    let operation = self.operations.get(*at)?;
                    let resolve = |bulk_id: &str| match self.ids.get(bulk_id) {
                        Some(id) => refs::Target::Known(id),
                        None if self.by_bulk_id.get(bulk_id).is_some_and(|at| inside(*at)) => {
                            refs::Target::Here
                        }
                        // What is no bulkId of this request is the server's to judge.
                        None if self.by_bulk_id.contains_key(bulk_id) => refs::Target::Missing,
                        None => refs::Target::Here,
                    };
                    Some(Sent { at: *at, operation: refs::resolved(operation, &resolve)? })
                })
                .collect();
            let Some(resolved) = resolved else {
                units.pop_front();
                continue;
            };
            let size: usize = resolved.iter().map(|sent| plan::size(&sent.operation)).sum();
            if chunk.len() + resolved.len() > limits.max_operations || bytes + size > limits.max_payload_size
            {
                if chunk.is_empty() {
                    return Err(plan::too_large(resolved.len()));
                }
                break;
            }
            bytes += size;
            chunk.extend(resolved);
            taken.extend(units.pop_front());
        }
        Ok(Chunk { units: taken, sent: chunk })
    }

    /// Notes the results of a request. By their `bulkId`, and the others in their order.
    fn take(&mut self, chunk: &[Sent], response: BulkResponse) {
        let mut free: VecDeque<&Sent> = chunk.iter().collect();
        for result in response.operations {
            let by_id = result
                .bulk_id
                .as_ref()
                .and_then(|id| free.iter().position(|sent| sent.operation.bulk_id.as_ref() == Some(id)));
            let in_order = || {
                free.iter().position(|sent| {
                    result.method.is_none_or(|method| method == sent.operation.method)
                        && (result.bulk_id.is_none() || sent.operation.bulk_id.is_none())
                })
            };
            let Some(sent) = by_id.or_else(in_order).and_then(|at| free.remove(at)) else { continue };
            if failed(&result) {
                self.left = self.left.map(|left| left.saturating_sub(1));
            } else if let (Some(bulk_id), Some(id)) = (&sent.operation.bulk_id, refs::id_of(&result)) {
                self.ids.insert(bulk_id.clone(), id);
            }
            if let Some(place) = self.outcome.results.get_mut(sent.at) {
                *place = Some(result);
            }
        }
    }
}
