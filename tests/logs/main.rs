//! The reader of exported audit logs: every form, every fault, and the groups that come out.

mod faults;
mod files;
mod forms;
mod groups;
mod retail;

use std::path::{Path, PathBuf};

use sa_audit::model::call::Calls;
use sa_audit::usage::logs::{Filter, Options, PathSpec, Read, read};

/// Returns an entry by the account `etl`, at a second of one hour, with what tells it from others.
fn entry(second: usize, method: &str, object: &str) -> String {
    format!(
        r#"{{"insertId":"i{second}","logName":"projects/acme-prod/logs/cloudaudit.googleapis.com%2Fdata_access","protoPayload":{{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{{"principalEmail":"etl@acme-prod.iam.gserviceaccount.com","serviceAccountKeyName":"//iam.googleapis.com/projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com/keys/4f1c"}},"authorizationInfo":[{{"granted":true,"permission":"{method}","resource":"projects/_/buckets/acme/objects/{object}"}}],"methodName":"{method}","request":{{"principalEmail":"decoy@evil.iam.gserviceaccount.com","timestamp":"1999-01-01T00:00:00Z"}},"requestMetadata":{{"callerIp":"203.0.113.7","callerSuppliedUserAgent":"loader/2.0,gzip(gfe)"}},"resourceName":"projects/_/buckets/acme/objects/{object}","serviceName":"storage.googleapis.com"}},"resource":{{"labels":{{"project_id":"acme-prod"}},"type":"gcs_bucket"}},"timestamp":"2026-03-01T08:{:02}:{:02}.5Z"}}"#,
        second / 60 % 60,
        second % 60,
    )
}

/// Returns two entries of one group, one value each.
fn entries() -> Vec<String> {
    vec![
        entry(0, "storage.objects.get", "a"),
        entry(61, "storage.objects.get", "b"),
    ]
}

/// A folder with files in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

fn read_with(path: &Path, options: &Options) -> Read {
    read(&[PathSpec::Path(path.to_owned())], options, &|_| ()).expect("logs")
}

fn read_all(path: &Path) -> Read {
    read_with(path, &Options::default())
}

/// Returns what the entries say that hold nothing else, as one file a line each.
fn expected(entries: &[String]) -> Calls {
    let folder = Folder::new();
    let read = read_all(&folder.write("plain.json", entries.join("\n")));
    assert_eq!((read.malformed(), read.gaps()), (0, Vec::new()));
    read.groups.into_calls()
}

fn filtered(path: &Path, filter: Filter) -> Read {
    read_with(
        path,
        &Options {
            filter,
            ..Options::default()
        },
    )
}
