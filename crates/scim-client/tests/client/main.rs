//! The client against servers: a whole one, and those that misbehave.

mod dialects;
mod encoding;
mod errors;
mod life_cycle;
mod lists;
mod retry;
mod sockets;
mod support;
