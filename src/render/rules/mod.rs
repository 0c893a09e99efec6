//! The rules on a terminal: all of them as a table, one of them as its document.

mod document;
mod table;

pub use document::document;
pub use table::table;
