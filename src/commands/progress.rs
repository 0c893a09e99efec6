//! What standard error shows while a scan runs.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::GlobalArgs;
use crate::render::escape::Term;

/// Progress on standard error: a bar on a terminal, lines elsewhere, nothing with `--quiet`.
pub(super) struct Progress {
    quiet: bool,
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(global: &GlobalArgs) -> Self {
        // Requests are logged line by line, which a bar would tear apart.
        let bar = if global.quiet || global.verbose > 0 || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        Self {
            quiet: global.quiet,
            bar,
        }
    }

    /// Says something that stays.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            // Standard error may be closed; a scan goes on without it.
            self.bar
                .suspend(|| drop(writeln!(io::stderr().lock(), "{}", Term(text))));
        }
    }

    /// Shows how many of `total` projects are read, from `done` on.
    pub(super) fn begin(&self, done: usize, total: usize) {
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} projects, {eta} left")
            .expect("the template is one that indicatif knows");
        self.bar.set_style(style);
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    /// Counts one project more.
    pub(super) fn project_done(&self) {
        self.bar.inc(1);
    }

    /// Shows how many bytes are read.
    pub(super) fn begin_bytes(&self) {
        let style = ProgressStyle::with_template(
            "{bar:30} {decimal_bytes} of {decimal_total_bytes}, {eta} left",
        )
        .expect("the template is one that indicatif knows");
        self.bar.set_style(style);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    /// Moves the bar to so many bytes of those there are.
    pub(super) fn bytes(&self, read: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(read);
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
