//! Where a report goes: standard output and files. Files are opened before the work begins, so that a place that cannot
//! be written costs nothing.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::{Format, GlobalArgs, OutputArgs};
use crate::error::{Error, Result};
use crate::render::terminal::Style;
use crate::render::{json, terminal};
use crate::report::Report;
use crate::store::{Readers, Replacement};

use super::environment;

/// The places that a report goes to.
pub(super) struct Outputs {
    format: Format,
    style: Style,
    files: Vec<(Format, String, Replacement)>,
}

impl Outputs {
    /// Opens every file that the user named.
    pub(super) fn open(args: &OutputArgs, global: &GlobalArgs) -> Result<Self> {
        let mut files: Vec<(Format, String, Replacement)> = Vec::new();
        for spec in &args.output {
            let (format, path) = parse(spec)?;
            if files.iter().any(|(_, other, _)| other == path) {
                return Err(Error::new(format!(
                    "--output {path}: the file is named twice"
                )));
            }
            let file = Replacement::begin(Path::new(path), Readers::AsUsual)
                .map_err(|error| Error::new(format!("writing the report to {path}: {error}")))?;
            files.push((format, path.to_owned(), file));
        }
        let style = Style {
            width: environment::width(),
            colour: environment::colour(global.color),
            links: environment::links(args.links),
            unicode: environment::unicode(),
            all: args.all,
            details: args.details,
        };
        Ok(Self {
            format: args.format,
            style,
            files,
        })
    }

    /// Writes the report to every place, and returns the run's exit code.
    pub(super) fn write(self, report: &Report) -> Result<u8> {
        let Self {
            format,
            style,
            files,
        } = self;
        let plain = Style {
            colour: false,
            links: false,
            unicode: true,
            width: Style::width(None),
            ..style
        };
        for (format, path, mut file) in files {
            draw(report, format, &plain, file.file())
                .and_then(|()| file.commit())
                .map_err(|error| Error::new(format!("writing the report to {path}: {error}")))?;
        }
        to_stdout(|out| draw(report, format, &style, out))?;
        Ok(report.summary.exit_code)
    }
}

/// Returns the style of what is no report: without links, and whole.
pub(super) fn plain_style(global: &GlobalArgs) -> Style {
    Style {
        width: environment::width(),
        colour: environment::colour(global.color),
        links: false,
        unicode: environment::unicode(),
        all: true,
        details: true,
    }
}

/// Writes to standard output. A reader that has seen enough, as `head` has, is no error.
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("writing to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn draw(report: &Report, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Terminal => terminal::render(report, style, &mut out)?,
        Format::Json => json::render(report, &mut out)?,
    }
    out.flush()
}

/// Returns the form and the path that `--output` names: `json:FILE`, or a file whose ending tells.
fn parse(spec: &str) -> Result<(Format, &str)> {
    let (form, path) = match spec.split_once(':') {
        Some(("json", path)) => (Some(Format::Json), path),
        Some(("terminal", path)) => (Some(Format::Terminal), path),
        _ => (None, spec),
    };
    let by_ending = || match Path::new(path).extension()?.to_str()? {
        "json" => Some(Format::Json),
        "txt" => Some(Format::Terminal),
        _ => None,
    };
    match form.or_else(by_ending) {
        Some(form) if !path.is_empty() => Ok((form, path)),
        _ => Err(Error::new(format!(
            "--output {spec}: the ending does not tell the form of the report"
        ))
        .hint("end it in .json or .txt, or say json:FILE or terminal:FILE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_comes_from_the_prefix_or_from_the_ending() {
        let parsed = |spec| parse(spec).map_err(|error| error.to_string());
        assert_eq!(
            parsed("out/report.json"),
            Ok((Format::Json, "out/report.json"))
        );
        assert_eq!(parsed("report.txt"), Ok((Format::Terminal, "report.txt")));
        assert_eq!(parsed("json:out/report"), Ok((Format::Json, "out/report")));
        assert_eq!(
            parsed("terminal:report.json"),
            Ok((Format::Terminal, "report.json"))
        );
        let told = "the ending does not tell the form of the report; end it in .json or .txt, or say json:FILE or terminal:FILE";
        for spec in ["report", "report.pdf", "json:", "C:report"] {
            assert_eq!(parsed(spec), Err(format!("--output {spec}: {told}")));
        }
    }
}
