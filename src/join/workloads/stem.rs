//! What the names of a job's runs have in common: `nightly-20261120` and `nightly-20261121` are runs of `nightly`.

/// Returns a run's name without dates, times, counters and ids, by which runs of one job are grouped; empty where
/// nothing else is left.
///
/// The name is cut into tokens at `-`, `_` and `.`. Variable tokens are numbers of four digits and more, times such as
/// `20261120t0310z`, hexadecimal ids of six characters and more with a digit in them or of eight and more without, and
/// words of eight characters and more of which three are digits. The stem begins behind leading variable tokens and
/// numbers, ends before the next variable token, and loses numbers at its end. What follows the first variable token
/// belongs to the run: `beamapp-ana-1120031000-123456-abcdefgh`.
pub(super) fn stem(name: &str) -> &str {
    let name = behind_uuid(name);
    let mut kept: Option<(usize, usize)> = None;
    let mut at = 0;
    for token in name.split(['-', '_', '.']) {
        let end = at + token.len();
        match kept {
            None if token.is_empty() || is_number(token) || is_variable(token) => {}
            None => kept = Some((at, end)),
            Some(_) if is_variable(token) => break,
            // A number is kept where something stable follows it: `team-7-daily`.
            Some(_) if token.is_empty() || is_number(token) => {}
            Some((from, _)) => kept = Some((from, end)),
        }
        at = end + 1;
    }
    kept.and_then(|(from, to)| name.get(from..to))
        .unwrap_or_default()
}

/// Returns what follows a UUID at the begin of a name: its middle parts may look like words.
fn behind_uuid(name: &str) -> &str {
    let is_uuid = |text: &str| {
        text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
    };
    match name.split_at_checked(36) {
        Some((head, rest)) if is_uuid(head) => rest,
        _ => name,
    }
}

fn is_number(token: &str) -> bool {
    token.bytes().all(|b| b.is_ascii_digit())
}

fn is_variable(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let hexadecimal = token.bytes().all(|b| b.is_ascii_hexdigit());
    let time = token
        .trim_end_matches(['z', 'Z'])
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b't' | b'T'));
    match token.len() {
        0..=3 => false,
        length => {
            (time && digits >= 4)
                || (hexadecimal && length >= 6 && digits > 0)
                || (hexadecimal && length >= 8)
                || (length >= 8 && digits >= 3 && token.bytes().all(|b| b.is_ascii_alphanumeric()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn runs_of_one_job_have_one_stem() {
        let table = [
            ("nightly", "nightly"),
            ("nightly-20261120", "nightly"),
            ("nightly-2026-11-20", "nightly"),
            ("nightly_20261120t031000z", "nightly"),
            ("nightly-20261120-031000-attempt", "nightly"),
            ("20261120-nightly", "nightly"),
            ("load-orders-2", "load-orders"),
            ("load-orders-v2", "load-orders-v2"),
            ("team-7-daily-1763600000", "team-7-daily"),
            ("s3-to-bq-4f1c03a2", "s3-to-bq"),
            ("export-6f9619ff-8b86-d011-b42d-00c04fc964ff", "export"),
            ("export-deadbeef", "export"),
            ("export-facade", "export-facade"),
            ("train-k3j9x2q8", "train"),
            ("beamapp-ana-1120031000-123456-abcdefgh", "beamapp-ana"),
            ("2026-11-20_00_10_11-1234567890", ""),
            ("6f9619ff-8b86-d011-abcd-00c04fc964ff", ""),
            ("6f9619ff-8b86-d011-abcd-00c04fc964ff-export", "export"),
            ("", ""),
            ("-", ""),
        ];
        for (name, expected) in table {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_stem_is_its_own_stem(name in "[-_.a-z0-9]{0,40}") {
            prop_assert_eq!(stem(stem(&name)), stem(&name));
        }

        #[test]
        fn a_date_and_an_id_behind_a_name_change_no_stem(
            name in "[a-z]{2,5}(-[a-z]{2,5}){0,3}",
            date in 20_200_101..20_991_231_u32,
            id in "[0-9a-f]{7}[0-9]",
        ) {
            let run = format!("{name}-{date}-{id}");
            prop_assert_eq!(stem(&run), name.as_str());
        }
    }
}
