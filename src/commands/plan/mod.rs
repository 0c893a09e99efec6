//! `plan`: a snapshot → the way out, an account each.

mod folder;
mod status;
mod terraform;

use std::io::{self, Write};

use globset::{Glob, GlobMatcher};

use crate::cli::{GlobalArgs, PlanArgs, PlanFormat};
use crate::error::{Error, Result};
use crate::join::join;
use crate::model::estate::Estate;
use crate::model::finding::Finding;
use crate::model::names::Email;
use crate::model::plan::{Plan, Readiness};
use crate::model::settings::Settings;
use crate::plan::{declared, plans};
use crate::render::plan as render;
use crate::render::plan::gcloud::Script;
use crate::report::{Report, build};
use crate::rules::evaluate;
use crate::store;

use super::output::{plain_style, to_stdout};
use super::progress::Progress;
use super::report::store_of;
use super::{TOOL, settings};

/// Prints the plans of a snapshot, writes them into a folder where the user named one, and returns the exit code.
pub(super) fn run(args: &PlanArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::of_file(global)?;
    if args.status.is_some() {
        status::check(args.format)?;
    }
    let wanted = args.account.as_deref().map(glob).transpose()?;
    let path = match &args.snapshot {
        Some(path) => path.clone(),
        None => store_of(&args.store)?.newest().map_err(Error::new)?,
    };
    let snapshot = store::read(&path).map_err(Error::new)?;
    let estate = join(&snapshot, &settings);
    if let Some(glob) = &wanted {
        refuse_a_stranger(glob, &estate)?;
    }
    let evaluation = evaluate(&estate, &settings);
    let report = build(&estate, evaluation, &settings, TOOL);
    let mut plans = of(&report, &estate, &settings);
    plans.retain(|plan| {
        wanted
            .as_ref()
            .is_none_or(|glob| names(glob, &plan.account.email))
    });
    declare(&mut plans, args, global)?;
    if let Some(later) = &args.status {
        return status::run(
            plans,
            &snapshot.header,
            later.as_deref(),
            args,
            &settings,
            global,
        );
    }
    if let Some(out) = &args.out {
        let written = folder::write(out, &render::folder::files(&plans, TOOL))?;
        Progress::new(global).say(&written.to_string());
    }
    to_stdout(|out| draw(&plans, &estate, args.format, global, out))?;
    let complete = settings.allow_incomplete
        || args.allow_incomplete
        || report.summary.gaps == report.summary.gaps_accepted;
    Ok(exit_code(&plans, complete))
}

/// Returns the plans of an estate, by account; what somebody has accepted asks for nothing.
fn of(report: &Report, estate: &Estate, settings: &Settings) -> Vec<Plan> {
    let open = report
        .findings()
        .filter(|reported| reported.accepted.is_none());
    let open: Vec<Finding> = open.map(|reported| reported.finding.clone()).collect();
    plans(estate, &open, settings)
}

/// Puts what the user's Terraform declares of each account into its plan, before its other notes.
fn declare(plans: &mut [Plan], args: &PlanArgs, global: &GlobalArgs) -> Result<()> {
    let mut found = terraform::Found::default();
    for folder in &args.terraform_dir {
        terraform::read(folder, &mut found)?;
    }
    let progress = Progress::new(global);
    for line in &found.passed_over {
        progress.say(line);
    }
    let all = declared::Declared::of(found.declarations);
    for plan in plans {
        let notes = declared::notes(plan, &all);
        plan.notes.splice(0..0, notes);
    }
    Ok(())
}

fn glob(text: &str) -> Result<GlobMatcher> {
    let glob = Glob::new(text).map_err(|error| Error::new(format!("--account: {error}")))?;
    Ok(glob.compile_matcher())
}

fn names(glob: &GlobMatcher, email: &Email) -> bool {
    glob.is_match(email.as_str()) || glob.is_match(email.short())
}

/// An account that is not there has no plan; to print none would look as if nothing were to be done.
fn refuse_a_stranger(glob: &GlobMatcher, estate: &Estate) -> Result<()> {
    let known = estate
        .accounts
        .iter()
        .any(|account| names(glob, &account.facts.email));
    if known {
        Ok(())
    } else {
        Err(
            Error::new(format!("--account {}: the snapshot has none", glob.glob()))
                .hint("name one by its address, or by its short form: etl@acme-prod"),
        )
    }
}

/// Returns the exit code: a plan that is not proved outranks what could not be read.
fn exit_code(plans: &[Plan], complete: bool) -> u8 {
    let proved = plans.iter().all(|plan| match plan.readiness() {
        Readiness::FindOut | Readiness::NotContradicted | Readiness::Proved => true,
        Readiness::Manual | Readiness::Failed => false,
    });
    match (proved, complete) {
        (false, _) => 1,
        (true, true) => 0,
        (true, false) => 3,
    }
}

fn draw(
    plans: &[Plan],
    estate: &Estate,
    format: PlanFormat,
    global: &GlobalArgs,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        PlanFormat::Terminal => render::terminal::render(plans, &plain_style(global), out),
        PlanFormat::Markdown => write!(out, "{}", render::markdown::document(plans, TOOL)),
        PlanFormat::Json => render::json::render(plans, estate.observed_at, TOOL, out),
        PlanFormat::Terraform => write!(out, "{}", render::terraform::document(plans, TOOL)),
        PlanFormat::Gcloud => {
            let scripts = plans.iter().flat_map(|plan| {
                [Script::Reversible, Script::Irreversible]
                    .into_iter()
                    .filter_map(|which| render::gcloud::script(plan, which, TOOL))
            });
            let scripts: Vec<String> = scripts.collect();
            write!(out, "{}", scripts.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use crate::model::names::{ProjectId, UniqueId};
    use crate::model::plan::{Denial, Proof, WhyDenied};
    use crate::model::scope::AccountRef;

    use super::*;

    fn plan(proof: Proof) -> Plan {
        Plan {
            account: AccountRef {
                project: ProjectId::parse("acme").expect("an id"),
                email: Email::parse("etl@acme.iam.gserviceaccount.com").expect("an address"),
                unique_id: UniqueId::parse("101").expect("an id"),
            },
            observed_at: DateTime::UNIX_EPOCH,
            reasons: Vec::new(),
            steps: Vec::new(),
            variables: Vec::new(),
            notes: Vec::new(),
            proof,
        }
    }

    #[test]
    fn a_plan_that_is_not_proved_outranks_what_could_not_be_read() {
        let denial = || Denial {
            after: None,
            workload: String::new(),
            identity: "x".into(),
            permission: "storage.objects.get".into(),
            resource: String::new(),
            count: 1,
            why: WhyDenied::NotGranted,
        };
        let proved = || plan(Proof::default());
        let manual = || {
            plan(Proof {
                blind: vec![denial()],
                ..Proof::default()
            })
        };
        let failed = || {
            plan(Proof {
                denied: vec![denial()],
                ..Proof::default()
            })
        };
        let table = [
            (vec![], true, 0),
            (vec![proved()], true, 0),
            (vec![proved()], false, 3),
            (vec![proved(), manual()], true, 1),
            (vec![failed(), proved()], false, 1),
        ];
        for (plans, complete, code) in table {
            assert_eq!(exit_code(&plans, complete), code, "{plans:?}");
        }
    }
}
