//! The company that is committed is the one that is written.

use scim_testing::company::{files, folder};

#[test]
fn the_files_are_what_the_command_writes() {
    for file in files() {
        let there = std::fs::read_to_string(folder().join(file.path)).unwrap();
        // Not `assert_eq`: a megabyte is no message.
        let line = there.lines().zip(file.text.lines()).position(|(a, b)| a != b);
        assert!(there == file.text, "{} differs, first in line {line:?} from 0 on", file.path);
    }
}

#[test]
fn they_stay_small_enough_for_a_repository() {
    assert!(files().iter().map(|file| file.text.len()).sum::<usize>() < 3_000_000);
}
