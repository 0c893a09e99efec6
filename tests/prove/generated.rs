//! Properties: over every order of a plan's steps, and over generated estates with calls that their bindings allow.

use std::collections::BTreeMap;

use fastrand::Rng;
use proptest::prelude::{Just, Strategy, proptest};

use sa_audit::collect::assets::Via;
use sa_audit::emulator::generate::{Generated, Shape};
use sa_audit::join::join;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::estate::{Account, Estate};
use sa_audit::model::place::{Attribution, ExercisedPermission};
use sa_audit::model::plan::{Change, Holder, Step};
use sa_audit::model::settings::Settings;
use sa_audit::model::usage::UsageSource;
use sa_audit::plan::index::Index;
use sa_audit::plan::prove::World;
use sa_audit::plan::split;
use sa_audit::plan::{Context, Lookup};

use crate::support::emulator::Scan;
use crate::world::{self, after, told};

const SHAPE: Shape = Shape {
    projects: 3,
    folders: 2,
    accounts: 11,
    keys: 1,
};

/// Returns whether the plan that splits [`world::shared`] holds in this order with these waits, by what it is about: each
/// workload's account is made, then given what the workload needs, ten minutes before the switch; the old account is
/// left alone until both have left.
fn holds(steps: &[(usize, i64)]) -> bool {
    let mut minutes = 0;
    let at: BTreeMap<usize, (usize, i64)> = steps
        .iter()
        .enumerate()
        .map(|(place, (step, wait))| {
            minutes += wait;
            (*step, (place, minutes))
        })
        .collect();
    let in_time = |create: usize, grant: usize, switch: usize| {
        at[&create].0 < at[&grant].0
            && at[&grant].0 < at[&switch].0
            && at[&switch].1 - at[&grant].1 >= 10
    };
    let left = |end: usize| at[&5].0 < at[&end].0 && at[&6].0 < at[&end].0;
    in_time(0, 2, 5) && in_time(1, 3, 6) && in_time(1, 4, 6) && left(7) && left(8)
}

fn orders() -> impl Strategy<Value = Vec<(usize, i64)>> {
    let order = Just((0..9).collect::<Vec<usize>>()).prop_shuffle();
    let nearly = (0_usize..9, 0_usize..9).prop_map(|(a, b)| {
        let mut order: Vec<usize> = (0..9).collect();
        order.swap(a, b);
        order
    });
    let waits = proptest::collection::vec(proptest::sample::select(vec![0_i64, 9, 10, 60]), 9);
    let order = proptest::prop_oneof![order, nearly];
    (order, waits).prop_map(|(order, waits)| order.into_iter().zip(waits).collect())
}

proptest! {
    #[test]
    fn a_plan_is_proved_in_just_the_orders_in_which_it_holds(order in orders()) {
        let estate = world::shared();
        let steps = world::split(&estate);
        let steps: Vec<Step> = order
            .iter()
            .map(|(nth, wait)| after(*wait, Step { wait: None, ..steps[*nth].clone() }))
            .collect();
        let proof = world::prove(&estate, &steps);
        proptest::prop_assert_eq!(proof.denied.is_empty(), holds(&order), "{:?}", told(&proof.denied));
        proptest::prop_assert!(proof.blind.is_empty());
    }
}

/// Lets every account have used permissions of the roles that it holds, each by one of its workloads or by any.
fn let_them_call(estate: &mut Estate, random: &mut Rng) {
    let roles = estate.roles.clone();
    for account in &mut estate.accounts {
        let workloads: Vec<String> = account
            .counted_workloads()
            .map(|workload| workload.id.clone())
            .collect();
        let mut exercised = Vec::new();
        for grant in &account.grants {
            let PolicyNode::Project(project) = &grant.on else {
                continue;
            };
            let permissions = &roles[&grant.role].permissions;
            for permission in permissions {
                if random.bool() {
                    continue;
                }
                let resource = match random.u8(..3) {
                    0 => "projects/_/buckets/lake".to_owned(),
                    1 => format!("projects/{project}"),
                    _ => format!("projects/{project}/topics/clicks"),
                };
                exercised.push(ExercisedPermission {
                    project: Some(project.clone()),
                    permission: permission.clone(),
                    resource,
                    granted: true,
                    by: match workloads.as_slice() {
                        [] => Attribution::AnyOf(Vec::new()),
                        some if random.bool() => {
                            Attribution::Exact(some[random.usize(..some.len())].clone())
                        }
                        all => Attribution::AnyOf(all.to_vec()),
                    },
                    source: UsageSource::Logging,
                    last: estate.observed_at,
                    count: random.u64(1..1_000),
                });
            }
        }
        exercised.sort();
        account.exercised = exercised;
    }
}

/// Returns the grants without which some call of the account has nothing that gives it: the workload's own account holds
/// the permission by this role alone.
fn needed(estate: &Estate, account: &Account, steps: &[Step]) -> Vec<usize> {
    let mut grants = Vec::new();
    for (nth, step) in steps.iter().enumerate() {
        if let Change::Grant(grant) = &step.change {
            grants.push((nth, grant));
        }
    }
    let gives = |role: &str, permission: &String| {
        let gives = estate.permissions(role).unwrap_or(&[]);
        gives.contains(permission)
    };
    let mut needed = Vec::new();
    for step in steps {
        let Change::CreateAccount(new) = &step.change else {
            continue;
        };
        let switched = steps.iter().any(
            |step| matches!(&step.change, Change::Switch(switch) if switch.workload == new.workload),
        );
        let member = format!("serviceAccount:{}", new.email);
        let its: Vec<_> = grants
            .iter()
            .filter(|(_, grant)| match &grant.member {
                Holder::Member(held) => held.as_str() == member,
                Holder::Group(_) | Holder::Federated { .. } => false,
            })
            .collect();
        for used in &account.exercised {
            let by_it = match &used.by {
                Attribution::Exact(id) => *id == new.workload,
                Attribution::AnyOf(ids) => ids.contains(&new.workload),
            };
            let giving: Vec<usize> = its
                .iter()
                .filter(|(_, grant)| gives(&grant.role, &used.permission))
                .map(|(nth, _)| *nth)
                .collect();
            if let (true, true, [only]) = (switched, by_it, giving.as_slice()) {
                needed.push(*only);
            }
        }
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

#[tokio::test(start_paused = true)]
async fn plans_for_generated_estates_deny_nothing_and_without_a_needed_binding_they_do() {
    let settings = Settings::default();
    let (mut replayed, mut broken) = (0, 0);
    for seed in 0..3 {
        let generated = Generated::new(seed, SHAPE);
        let scan = Scan::of(&generated.estate).via(Via::Iam);
        let snapshot = scan.take().await.expect("a snapshot");
        let mut estate = join(&snapshot, &settings);
        let_them_call(&mut estate, &mut Rng::with_seed(seed));
        let index = Index::of(&estate);
        let lookup = Lookup::of(&estate, &settings.plans);
        let findings = BTreeMap::new();
        let cx = Context {
            estate: &estate,
            index: &index,
            settings: &settings,
            findings: &findings,
            lookup: &lookup,
        };
        let world = World::of(&estate);
        for account in &estate.accounts {
            let name = &account.facts.email;
            let idle = world.prove(&settings, account, &[]);
            assert_eq!(
                (told(&idle.denied), told(&idle.blind)),
                (vec![], vec![]),
                "{name}"
            );
            // Who is switched off has nothing that could be taken.
            if account.facts.disabled {
                continue;
            }
            let steps = split::draft(&cx, account).steps;
            let proof = world.prove(&settings, account, &steps);
            assert_eq!(told(&proof.denied), Vec::<String>::new(), "{name}");
            assert_eq!(proof.worse, Vec::new(), "{name}");
            assert_eq!(proof.calls, idle.calls, "{name}");
            replayed += proof.calls;
            for nth in needed(&estate, account, &steps) {
                let mut without = steps.clone();
                without.remove(nth);
                let proof = world.prove(&settings, account, &without);
                assert!(!proof.denied.is_empty(), "{name} without step {nth}");
                broken += 1;
            }
        }
    }
    assert!(
        replayed > 1_000 && broken > 20,
        "{replayed} calls, {broken} broken plans"
    );
}
