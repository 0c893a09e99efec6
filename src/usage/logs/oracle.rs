//! Both readers of an entry on the same lines, whole ones and damaged ones: the fast one says what the reference says.

use proptest::prelude::*;

use super::entry::{Entry, Parsed};
use super::scan::{Line, Scanner};

/// Decisions out of a list of bytes; the first of every choice once the list has ended.
struct Dice<'a>(&'a [u8]);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first) % sides
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }

    fn space(&mut self) -> &'static str {
        self.pick(&["", "", "", "", " ", "\n\t ", "\r"])
    }

    /// Writes a string, now and then with an escape where none is needed.
    fn quote(&mut self, text: &str) -> String {
        let all = self.roll(8) == 7;
        let mut quoted = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                c if c.is_ascii() && all && self.roll(3) == 0 => {
                    quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => quoted.push(c),
            }
        }
        quoted + "\""
    }

    fn string(&mut self, of: &[&str]) -> String {
        match self.roll(24) {
            23 => "null".to_owned(),
            22 => "7".to_owned(),
            21 => "{}".to_owned(),
            _ => {
                let text = self.pick(of);
                self.quote(text)
            }
        }
    }

    /// Writes members in some order, now and then one of them twice, or none.
    fn object(&mut self, mut members: Vec<(&str, String)>) -> String {
        for at in (1..members.len()).rev() {
            let other = self.roll(at + 1);
            members.swap(at, other);
        }
        if self.roll(32) == 31 && !members.is_empty() {
            let twice = self.roll(members.len());
            members.push(members[twice].clone());
        }
        let mut written = Vec::new();
        for (name, value) in members {
            if self.roll(10) != 9 {
                let name = self.quote(name);
                written.push(format!(
                    "{}{name}{}:{}{value}{}",
                    self.space(),
                    self.space(),
                    self.space(),
                    self.space()
                ));
            }
        }
        format!("{{{}}}", written.join(","))
    }

    /// Writes a value in which everything that counts stands once more.
    fn decoy(&mut self) -> String {
        let inner = [
            r#"{"principalEmail":"decoy@x.iam.gserviceaccount.com","serviceName":"iamcredentials.googleapis.com","timestamp":"1999-01-01T00:00:00Z"}"#,
            r#"[{"protoPayload":{"authenticationInfo":{"principalEmail":"decoy@x.iam.gserviceaccount.com"}}},"}]",{}]"#,
            r#""{\"principalEmail\":\"decoy@x.iam.gserviceaccount.com\"} \\""#,
            r#"{"a":[[],[[{}]],-1.5e3,true,null,"\\\"}"],"büro":"日本 \ud83d\ude80"}"#,
            "null",
            "{}",
            r#"{"iam":"iam.googleapis.com"}"#,
        ];
        self.pick(&inner).to_owned()
    }

    fn entry(&mut self) -> String {
        let emails = [
            "etl@acme.iam.gserviceaccount.com",
            "ana@acme.example",
            "",
            "service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
            "system:node:n-1",
        ];
        let subjects = [
            "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s",
            "serviceAccount:etl@acme.iam.gserviceaccount.com",
            "",
        ];
        let party = vec![
            ("principalEmail", self.string(&emails)),
            ("serviceMetadata", self.decoy()),
        ];
        let delegate = vec![
            ("firstPartyPrincipal", self.object(party)),
            ("principalSubject", self.string(&subjects)),
        ];
        let delegates = [
            String::from("[]"),
            format!("[{}]", self.object(delegate.clone())),
            format!("[{{}} , {}]", self.object(delegate)),
            String::from("[{}]"),
            String::from(r#"[{"thirdPartyPrincipal":{"thirdPartyClaims":{"sub":"x"}}}]"#),
        ];
        let delegates = delegates[self.roll(5)].clone();
        let authentication = vec![
            ("principalEmail", self.string(&emails)),
            ("principalSubject", self.string(&subjects)),
            ("serviceAccountKeyName", self.string(&["//iam.googleapis.com/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c", ""])),
            ("serviceAccountDelegationInfo", delegates),
            ("oauthInfo", self.decoy()),
        ];
        let check = vec![
            (
                "permission",
                self.string(&["storage.objects.get", "bigquery.tables.get"]),
            ),
            (
                "resource",
                self.string(&["projects/_/buckets/b/objects/o", ""]),
            ),
            (
                "granted",
                self.pick(&["true", "false", "null", "\"true\"", "1"])
                    .to_owned(),
            ),
            ("resourceAttributes", self.decoy()),
        ];
        let check = self.object(check);
        let checks = [
            format!("[{check}]"),
            String::from("[]"),
            format!("[{check},{check} ]"),
            String::from("null"),
            String::from("{}"),
        ];
        let request = vec![
            ("callerIp", self.string(&["203.0.113.7", "private", ""])),
            (
                "callerSuppliedUserAgent",
                self.string(&["gcloud \"x\" büro \\", "grpc-go/1.62.2,gzip(gfe)"]),
            ),
            (
                "callerNetwork",
                self.string(&["//compute.googleapis.com/projects/p/global/networks/n"]),
            ),
            ("requestAttributes", self.decoy()),
        ];
        let status = self
            .pick(&["{}", r#"{"code":7,"message":"no \" }"}"#, "null"])
            .to_owned();
        let payload = vec![
            (
                "@type",
                self.string(&[
                    "type.googleapis.com/google.cloud.audit.AuditLog",
                    "type.googleapis.com/google.cloud.audit.AuditLog",
                    "type.googleapis.com/other",
                ]),
            ),
            ("status", status),
            ("authenticationInfo", self.object(authentication)),
            ("requestMetadata", self.object(request)),
            (
                "serviceName",
                self.string(&[
                    "storage.googleapis.com",
                    "iamcredentials.googleapis.com",
                    "iam.googleapis.com",
                    "",
                ]),
            ),
            (
                "methodName",
                self.string(&[
                    "storage.objects.get",
                    "GenerateAccessToken",
                    "google.iam.admin.v1.CreateServiceAccount",
                ]),
            ),
            ("authorizationInfo", checks[self.roll(5)].clone()),
            (
                "resourceName",
                self.string(&["projects/-/serviceAccounts/etl@acme.iam.gserviceaccount.com"]),
            ),
            ("request", self.decoy()),
            ("response", self.decoy()),
            ("metadata", self.decoy()),
        ];
        let labels = vec![
            ("project_id", self.string(&["acme-prod"])),
            ("email_id", self.string(&emails)),
            ("unique_id", self.string(&["101"])),
            ("method", self.decoy()),
        ];
        let resource = vec![("type", self.decoy()), ("labels", self.object(labels))];
        let payload = self.object(payload);
        let mut entry = vec![
            ("protoPayload", payload),
            ("insertId", self.decoy()),
            ("resource", self.object(resource)),
            (
                "timestamp",
                self.string(&["2026-03-01T08:00:00.5Z", "2026-03-01T08:00:00Z", "never"]),
            ),
            (
                "logName",
                self.string(&["projects/acme/logs/cloudaudit.googleapis.com%2Factivity"]),
            ),
            ("labels", self.decoy()),
        ];
        match self.roll(20) {
            19 => entry.push(("protopayload_auditlog", entry[0].1.clone())),
            18 => entry.push(("entries", String::from("[]"))),
            17 => drop(entry.remove(0)),
            16 => entry[0].1 = String::from("null"),
            _ => {}
        }
        self.object(entry)
    }
}

/// Makes sure that the fast path says what the reference says, or that it does not know.
fn agree(line: &str) -> Result<(), TestCaseError> {
    let mut fast = Entry::default();
    let said = Scanner::new().line(line, &mut fast);
    let reference = Entry::parse(line.as_bytes());
    match (said, &reference) {
        (Line::Odd, _) => {}
        // A person's entry is left before its end.
        (Line::PassedOver, Err(_)) => {}
        (Line::PassedOver, Ok(Parsed::Audit(entry))) => {
            prop_assert!(entry.who().is_none() && entry.credential.is_none());
        }
        (Line::Audit, Ok(Parsed::Audit(entry))) => prop_assert_eq!(&fast, entry),
        (Line::Other, Ok(Parsed::Other)) => {}
        _ => prop_assert!(false, "{said:?} {fast:?} is not {reference:?}: {line}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn both_paths_say_the_same(dice in prop::collection::vec(any::<u8>(), 0..400)) {
        agree(&Dice(&dice).entry())?;
    }

    #[test]
    fn damage_never_panics_and_what_is_still_whole_reads_the_same(
        dice in prop::collection::vec(any::<u8>(), 0..200),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let mut line = Dice(&dice).entry().into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(line.len());
            match how {
                0 => line[at] = byte,
                1 => line[at] = b"\"\\{}[],:"[usize::from(byte) % 8],
                2 => line.truncate(at.max(1)),
                _ => line.insert(at, byte),
            }
        }
        // What is no text is left to the reference.
        let Ok(line) = str::from_utf8(&line) else { return Ok(()) };
        if Entry::parse(line.as_bytes()).is_ok() {
            agree(line)?;
        } else {
            Scanner::new().line(line, &mut Entry::default());
        }
    }
}
