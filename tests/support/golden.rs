//! Golden documents: committed files with their real extensions, which a reader can open.

use std::path::Path;

/// Compares `text` with the file `fixtures/golden/NAME`; with `UPDATE_GOLDEN=1` in the environment, writes it.
///
/// # Panics
/// Where the two differ, with the first line that does.
pub fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, text).expect("the golden file is written");
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    if golden != text {
        let differs = |(golden, text): &(&str, &str)| golden != text;
        let line = golden.lines().zip(text.lines()).find(differs);
        panic!("{name} differs (UPDATE_GOLDEN=1 writes it); first line: {line:?}\n{text}");
    }
}
