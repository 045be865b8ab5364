//! Which operations refer to themselves in the end, RFC 7644 §3.7.1.

use super::task::Task;

/// The waiting POSTs that are part of a circle, or between two circles, in order.
///
/// Whoever waits, and is waited for by no POST, is not part of one; it is left out, and then the same holds for others. Every
/// reference is looked at once.
pub(super) fn circles(tasks: &[Task]) -> Vec<usize> {
    let candidate = |at: usize| tasks.get(at).filter(|task| task.is_post() && task.waits());
    let mut waited_for: Vec<usize> = (0..tasks.len())
        .map(|at| {
            let dependents = candidate(at).map_or(&[][..], |task| &task.dependents);
            dependents.iter().filter(|dependent| candidate(**dependent).is_some()).count()
        })
        .collect();
    let mut free: Vec<usize> =
        (0..tasks.len()).filter(|at| candidate(*at).is_some() && waited_for.get(*at) == Some(&0)).collect();
    while let Some(at) = free.pop() {
        for need in candidate(at).map_or(&[][..], |task| &task.needs) {
            if let (Some(_), Some(count)) = (candidate(*need), waited_for.get_mut(*need)) {
                *count -= 1;
                if *count == 0 {
                    free.push(*need);
                }
            }
        }
    }
    waited_for.iter().enumerate().filter(|(_, count)| **count > 0).map(|(at, _)| at).collect()
}
