//! Where a report goes: standard output and files. Files are opened before the work begins, so that a place that cannot
//! be written costs nothing.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::{GlobalArgs, OutputArgs, ReportFormat};
use crate::error::{Error, Result};
use crate::render::terminal::Style;
use crate::render::{csv, json, markdown, sarif, terminal};
use crate::report::Report;
use crate::store::{Readers, Replacement};

use super::environment;

/// The places that a report goes to.
pub(super) struct Outputs {
    format: ReportFormat,
    style: Style,
    files: Vec<(ReportFormat, String, Replacement)>,
}

impl Outputs {
    /// Opens every file that the user named.
    pub(super) fn open(args: &OutputArgs, global: &GlobalArgs) -> Result<Self> {
        let mut files: Vec<(ReportFormat, String, Replacement)> = Vec::new();
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

fn draw(
    report: &Report,
    format: ReportFormat,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        ReportFormat::Terminal => terminal::render(report, style, &mut out)?,
        ReportFormat::Json => json::render(report, &mut out)?,
        ReportFormat::Markdown => markdown::render(report, &mut out)?,
        ReportFormat::Sarif => sarif::render(report, &mut out)?,
        ReportFormat::CsvFindings => csv::findings(report, &mut out)?,
        ReportFormat::CsvAccounts => csv::accounts(report, &mut out)?,
        ReportFormat::CsvKeys => csv::keys(report, &mut out)?,
    }
    out.flush()
}

/// Returns the form and the path that `--output` names: `FORMAT:FILE`, or a file whose ending tells.
fn parse(spec: &str) -> Result<(ReportFormat, &str)> {
    let named = |(name, form): (&str, ReportFormat)| {
        let path = spec.strip_prefix(name)?.strip_prefix(':')?;
        Some((form, path))
    };
    let found = names()
        .into_iter()
        .find_map(named)
        .or_else(|| Some((by_ending(spec)?, spec)));
    match found {
        // `csv:keys` names a table, and no file.
        Some(found) if !found.1.is_empty() && names().iter().all(|(name, _)| *name != spec) => {
            Ok(found)
        }
        _ => Err(Error::new(format!(
            "--output {spec}: the ending does not tell the form of the report"
        ))
        .hint(
            "end it in .json, .md, .sarif, .csv or .txt, or say FORMAT:FILE, as in csv:keys:FILE",
        )),
    }
}

/// Returns the names of every form, those first that begin with another.
fn names() -> [(&'static str, ReportFormat); 8] {
    [
        ("terminal", ReportFormat::Terminal),
        ("json", ReportFormat::Json),
        ("markdown", ReportFormat::Markdown),
        ("sarif", ReportFormat::Sarif),
        ("csv:findings", ReportFormat::CsvFindings),
        ("csv:accounts", ReportFormat::CsvAccounts),
        ("csv:keys", ReportFormat::CsvKeys),
        ("csv", ReportFormat::CsvFindings),
    ]
}

/// Returns the form that a file's ending tells.
fn by_ending(path: &str) -> Option<ReportFormat> {
    match Path::new(path).extension()?.to_str()? {
        // The ending that GitHub's own tools write.
        "json" if path.ends_with(".sarif.json") => Some(ReportFormat::Sarif),
        "json" => Some(ReportFormat::Json),
        "txt" => Some(ReportFormat::Terminal),
        "md" => Some(ReportFormat::Markdown),
        "sarif" => Some(ReportFormat::Sarif),
        "csv" => Some(ReportFormat::CsvFindings),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn the_form_comes_from_the_prefix_or_from_the_ending() {
        use ReportFormat::{CsvAccounts, CsvFindings, CsvKeys, Json, Markdown, Sarif, Terminal};
        let parsed = |spec| parse(spec).map_err(|error| error.to_string());
        for (spec, form, path) in [
            ("out/report.json", Json, "out/report.json"),
            ("report.txt", Terminal, "report.txt"),
            ("report.md", Markdown, "report.md"),
            ("report.sarif", Sarif, "report.sarif"),
            ("report.sarif.json", Sarif, "report.sarif.json"),
            ("report.csv", CsvFindings, "report.csv"),
            ("json:out/report", Json, "out/report"),
            ("terminal:report.json", Terminal, "report.json"),
            ("csv:keys:keys.csv", CsvKeys, "keys.csv"),
            ("csv:accounts:a:b", CsvAccounts, "a:b"),
            ("csv:findings.csv", CsvFindings, "findings.csv"),
        ] {
            assert_eq!(parsed(spec), Ok((form, path)));
        }
        let told = "the ending does not tell the form of the report; end it in .json, .md, .sarif, .csv or .txt, or say FORMAT:FILE, as in csv:keys:FILE";
        for spec in [
            "report",
            "report.pdf",
            "json:",
            "C:report",
            "csv:keys",
            "csv:keys:",
        ] {
            assert_eq!(parsed(spec), Err(format!("--output {spec}: {told}")));
        }
    }

    #[test]
    fn a_prefix_is_what_format_takes() {
        for (name, form) in names() {
            assert_eq!(ReportFormat::from_str(name, false), Ok(form));
        }
    }
}
