//! The functions that the scripts call. A script holds those that it calls, so that whoever reads it reads no more.

/// A function of bash.
struct Function {
    name: &'static str,
    /// Its text; the comment above it is for the reader of the script.
    text: &'static str,
    /// The functions that it calls.
    calls: &'static [&'static str],
}

/// Every function, in the order in which they stand in a script.
static FUNCTIONS: &[Function] = &[
    Function {
        name: "stop",
        text: "# Ends the script with a reason.\nstop() {\n  printf 'stopped: %s\\n' \"$*\" >&2\n  exit 1\n}\n",
        calls: &[],
    },
    Function {
        name: "applies",
        text: "# Nothing is changed, and nothing is asked of Google, without APPLY=1.\napplies() { [[ \"${APPLY:-0}\" == 1 ]]; }\n",
        calls: &[],
    },
    Function {
        name: "show",
        text: "show() {\n  printf '+'\n  printf ' %q' \"$@\"\n  printf '\\n'\n}\n",
        calls: &[],
    },
    Function {
        name: "run",
        text: "run() {\n  show \"$@\"\n  if applies; then \"$@\"; fi\n}\n",
        calls: &["show", "applies"],
    },
    Function {
        name: "persist",
        text: "# Runs what can be run twice until it works: what was just made is not known everywhere at once.\npersist() {\n  local try\n  show \"$@\"\n  applies || return 0\n  for try in 1 2 3 4 5; do\n    if \"$@\"; then return 0; fi\n    printf 'try %s of 5 came to nothing\\n' \"$try\" >&2\n    sleep 15\n  done\n  stop \"$*\"\n}\n",
        calls: &["show", "applies", "stop"],
    },
    Function {
        name: "have",
        text: "# Tells whether something is there already.\nhave() { applies && \"$@\" >/dev/null 2>&1; }\n",
        calls: &["applies"],
    },
    Function {
        name: "with_file",
        text: "# Runs a command with the first word, as a file, behind it.\nwith_file() {\n  local file text=$1\n  shift\n  printf '%s\\n' \"$text\"\n  show \"$@\" FILE\n  applies || return 0\n  file=$(mktemp)\n  printf '%s\\n' \"$text\" >\"$file\"\n  \"$@\" \"$file\"\n  rm -f \"$file\"\n}\n",
        calls: &["show", "applies"],
    },
    Function {
        name: "audit_logs",
        text: "# Adds kinds of Data Access logs to what a project's policy has; its etag keeps two writers apart. Needs jq.\naudit_logs() {\n  local project=$1 service=$2 policy\n  shift 2\n  show audit_logs \"$project\" \"$service\" \"$@\"\n  applies || return 0\n  policy=$(mktemp)\n  gcloud projects get-iam-policy \"$project\" --format=json |\n    jq --arg service \"$service\" '\n      (.auditConfigs // []) as $all\n      | ([$all[] | select(.service == $service)][0] // {service: $service}) as $one\n      | [($one.auditLogConfigs // [])[].logType] as $has\n      | .auditConfigs = [$all[] | select(.service != $service)] + [$one\n        | .auditLogConfigs = ((.auditLogConfigs // [])\n          + [($ARGS.positional - $has)[] | {logType: .}])]' --args \"$@\" >\"$policy\"\n  gcloud projects set-iam-policy \"$project\" \"$policy\" >/dev/null\n  rm -f \"$policy\"\n}\n",
        calls: &["show", "applies"],
    },
    Function {
        name: "step",
        text: "step() { printf '\\n%s  %s\\n' \"$1\" \"$2\"; }\n",
        calls: &[],
    },
    Function {
        name: "pause",
        text: "pause() {\n  printf 'wait %s seconds: %s\\n' \"$1\" \"$2\"\n  if applies; then sleep \"$1\"; fi\n}\n",
        calls: &["applies"],
    },
    Function {
        name: "by_hand",
        text: "# Something that only a person can see or do: the number of the step in DONE says that it is so.\nby_hand() {\n  printf 'by hand: %s\\n' \"$2\"\n  if applies && [[ \" ${DONE:-} \" != *\" $1 \"* ]]; then\n    stop \"step $1 has a part that is done by hand; when it is so, run again with DONE='${DONE:+$DONE }$1'\"\n  fi\n}\n",
        calls: &["applies", "stop"],
    },
    Function {
        name: "unused",
        text: "# Stops where something was used since the scan. Google tells days, and some of them late.\nunused() {\n  local what=$1 since=$2 last\n  shift 2\n  printf 'check: %s was not used since %s\\n' \"$what\" \"$since\"\n  applies || return 0\n  last=$(\"$@\") || stop \"the last use of $what could not be read\"\n  if [[ -n \"$last\" && \"$last\" > \"$since\" ]]; then stop \"$what was used: $last\"; fi\n}\n",
        calls: &["applies", "stop"],
    },
    Function {
        name: "disabled",
        text: "# Stops where something is not disabled.\ndisabled() {\n  local what=$1 state\n  shift\n  printf 'check: %s is disabled\\n' \"$what\"\n  applies || return 0\n  state=$(\"$@\") || stop \"whether $what is disabled could not be read\"\n  if [[ \"$state\" != True ]]; then stop \"$what is not disabled\"; fi\n}\n",
        calls: &["applies", "stop"],
    },
    Function {
        name: "fewer_than",
        text: "# Stops where there are as many lines as a number, or more.\nfewer_than() {\n  local most=$1 what=$2 lines\n  shift 2\n  printf 'check: %s: fewer than %s\\n' \"$what\" \"$most\"\n  applies || return 0\n  lines=$(\"$@\") || stop \"$what could not be read\"\n  if (($(grep -c . <<<\"$lines\") >= most)); then stop \"$what: there are $most already\"; fi\n}\n",
        calls: &["applies", "stop"],
    },
    Function {
        name: "fresh",
        text: "# Refuses a plan that is older than seven days: scan again, and plan again.\nfresh() {\n  local age=$(($(date -u +%s) - $1))\n  if ((age > 7 * 24 * 3600)); then stop 'the scan is older than seven days: scan again, and plan again'; fi\n}\n",
        calls: &["stop"],
    },
    Function {
        name: "matches",
        text: "matches() {\n  if ! [[ \"$2\" =~ $3 ]]; then stop \"$1 is not of the form $3: $2\"; fi\n}\n",
        calls: &["stop"],
    },
];

/// Returns the functions that a script's text calls, with those that they call.
pub(super) fn of(script: &str) -> String {
    let mut wanted = vec![false; FUNCTIONS.len()];
    for (function, wanted) in FUNCTIONS.iter().zip(&mut wanted) {
        *wanted = calls(script, function.name);
    }
    // A function calls those that stand before it.
    for index in (0..FUNCTIONS.len()).rev() {
        if wanted[index] {
            for (function, wanted) in FUNCTIONS.iter().zip(&mut wanted) {
                *wanted |= FUNCTIONS[index].calls.contains(&function.name);
            }
        }
    }
    let texts = FUNCTIONS
        .iter()
        .zip(wanted)
        .filter(|(_, wanted)| *wanted)
        .map(|(function, _)| function.text);
    texts.collect::<Vec<_>>().join("\n")
}

/// Returns whether a line of the text begins with the function's name, or has it behind `||` or `*)`.
fn calls(script: &str, name: &str) -> bool {
    script.lines().any(|line| {
        let line = line.trim_start();
        let begins = |text: &str| {
            text.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(' ') || rest.is_empty())
        };
        begins(line)
            || line.split_once("|| ").is_some_and(|(_, rest)| begins(rest))
            || line.split_once("*) ").is_some_and(|(_, rest)| begins(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_calls_only_what_stands_before_it_and_is_said_to() {
        for (index, function) in FUNCTIONS.iter().enumerate() {
            for other in FUNCTIONS {
                let called = function.text.contains(&format!("{} ", other.name))
                    && function
                        .text
                        .lines()
                        .filter(|line| !line.starts_with('#'))
                        .any(|line| {
                            line.split([';', '&', '|', '(', ' '])
                                .collect::<Vec<_>>()
                                .windows(2)
                                .any(|words| {
                                    words[1] == other.name
                                        && ["", "then", "if", "$", "||"].contains(&words[0])
                                })
                        });
                let before = FUNCTIONS[..index]
                    .iter()
                    .any(|known| known.name == other.name);
                if called && other.name != function.name && before {
                    assert!(
                        function.calls.contains(&other.name),
                        "{} calls {}",
                        function.name,
                        other.name
                    );
                }
            }
            for call in function.calls {
                assert!(
                    FUNCTIONS[..index].iter().any(|known| known.name == *call),
                    "{} stands before {call}",
                    function.name
                );
            }
        }
    }

    #[test]
    fn a_script_holds_what_it_calls() {
        let text = of("  have gcloud x || run gcloud y\n");
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split_once("() {").map(|(name, _)| name))
            .collect();
        assert_eq!(names, ["applies", "show", "run", "have"]);
    }
}
