//! Writes the data of `examples/provision`: `cargo run -p scim-testing --example make-company`.

use std::fs;
use std::io;

use scim_testing::company;

fn main() -> io::Result<()> {
    for file in company::files() {
        let path = company::folder().join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, file.text)?;
    }
    Ok(())
}
