//! The engine against a server in the process: cycles, faults, kills.

mod faults;
mod law;
mod scenarios;
mod support;
