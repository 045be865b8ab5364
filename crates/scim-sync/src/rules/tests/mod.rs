mod errors;
mod json;
mod mappings;
mod operators;
mod rows;
mod scope;

use super::{CompiledRules, Mapping, ObjectMapping, Rules};

/// Rules with these mappings of users beside `userName`, and nothing about groups.
fn rules_of(mappings: impl IntoIterator<Item = Mapping>) -> Rules {
    let mut all = vec![Mapping::direct("userName", "userPrincipalName").with_matching(1)];
    all.extend(mappings);
    Rules { users: ObjectMapping { mappings: all, ..ObjectMapping::default() }, ..Rules::default() }
}

fn compiled(mappings: impl IntoIterator<Item = Mapping>) -> CompiledRules {
    rules_of(mappings).compile().unwrap()
}
