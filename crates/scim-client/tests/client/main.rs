//! The client against servers: a whole one, and those that misbehave.

mod life_cycle;
mod support;
