//! The client against servers: a whole one, and those that misbehave.

mod errors;
mod life_cycle;
mod lists;
mod retry;
mod support;
