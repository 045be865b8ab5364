//! The whole program on a small company.

mod binary;
mod company;
mod day;
mod support;
mod target;
mod trouble;
mod verdict;
