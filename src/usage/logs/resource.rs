//! Resources cut to what a policy can be set on: an object is cut to its bucket, a table to its dataset.
//!
//! Left whole, the evidence would grow with the data (one row an object) and say no more: no policy names an object.

/// What the permissions of one service are cut to: the first word of the permission, and the collections on the way,
/// where `*` is one name. The first pattern that fits counts; where none does, the project, folder or organization.
///
/// Source: <https://cloud.google.com/iam/docs/resource-types-with-policies>.
const CUTS: [(&str, &str); 47] = [
    ("aiplatform", "projects/*/locations/*/endpoints/*"),
    ("aiplatform", "projects/*/locations/*/featurestores/*"),
    ("apigateway", "projects/*/locations/*/gateways/*"),
    ("apigateway", "projects/*/locations/*/apis/*"),
    ("artifactregistry", "projects/*/locations/*/repositories/*"),
    ("bigquery", "projects/*/datasets/*"),
    ("bigquery", "projects/*/locations/*/connections/*"),
    ("bigtable", "projects/*/instances/*"),
    ("clouddeploy", "projects/*/locations/*/deliveryPipelines/*"),
    ("cloudfunctions", "projects/*/locations/*/functions/*"),
    ("cloudkms", "projects/*/locations/*/keyRings/*/cryptoKeys/*"),
    ("cloudkms", "projects/*/locations/*/keyRings/*"),
    ("cloudtasks", "projects/*/locations/*/queues/*"),
    ("compute", "projects/*/zones/*/instances/*"),
    ("compute", "projects/*/zones/*/disks/*"),
    ("compute", "projects/*/regions/*/disks/*"),
    ("compute", "projects/*/regions/*/subnetworks/*"),
    ("compute", "projects/*/global/images/*"),
    ("compute", "projects/*/global/snapshots/*"),
    ("compute", "projects/*/global/instanceTemplates/*"),
    ("compute", "projects/*/global/backendServices/*"),
    ("compute", "projects/*/regions/*/backendServices/*"),
    ("datacatalog", "projects/*/locations/*/entryGroups/*"),
    ("dataplex", "projects/*/locations/*/lakes/*"),
    ("dataproc", "projects/*/regions/*/clusters/*"),
    ("dns", "projects/*/managedZones/*"),
    ("eventarc", "projects/*/locations/*/channels/*"),
    ("eventarc", "projects/*/locations/*/triggers/*"),
    ("healthcare", "projects/*/locations/*/datasets/*"),
    ("iam", "projects/*/serviceAccounts/*"),
    ("iam", "projects/*/locations/*/workloadIdentityPools/*"),
    ("iap", "projects/*/iap_web/*"),
    ("iap", "projects/*/iap_tunnel/*"),
    ("io", "core/v1/namespaces/*"),
    ("io", "*/*/namespaces/*"),
    ("logging", "projects/*/locations/*/buckets/*/views/*"),
    ("notebooks", "projects/*/locations/*/instances/*"),
    ("pubsub", "projects/*/topics/*"),
    ("pubsub", "projects/*/subscriptions/*"),
    ("pubsub", "projects/*/snapshots/*"),
    ("run", "projects/*/locations/*/services/*"),
    ("run", "projects/*/locations/*/jobs/*"),
    ("run", "namespaces/*/services/*"),
    ("secretmanager", "projects/*/locations/*/secrets/*"),
    ("secretmanager", "projects/*/secrets/*"),
    ("spanner", "projects/*/instances/*/databases/*"),
    ("storage", "projects/*/buckets/*"),
];

/// What every service's resources are cut to where no pattern of [`CUTS`] fits.
const CONTAINERS: [&str; 4] = ["projects/*", "folders/*", "organizations/*", "namespaces/*"];

/// Returns the part of `resource` that a policy can be set on, for a check of `permission`; empty where it names none.
#[must_use]
pub fn cut<'a>(permission: &str, resource: &'a str) -> &'a str {
    let prefix = match resource.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or(resource.len(), |at| at + 3),
        None => 0,
    };
    let name = &resource[prefix..];
    let service = permission.split('.').next().unwrap_or_default();
    let first = CUTS.partition_point(|(of, _)| *of < service);
    let of_service = CUTS[first..]
        .iter()
        .take_while(|(of, _)| *of == service)
        .map(|(_, pattern)| *pattern);
    of_service
        .chain(CONTAINERS)
        .find_map(|pattern| matched(pattern, name))
        .map_or("", |length| &resource[..prefix + length])
}

/// Returns how many bytes of `name` the pattern takes, whole segments; `None` where it does not fit.
fn matched(pattern: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    for (place, wanted) in pattern.split('/').enumerate() {
        if place > 0 {
            at += name[at..].starts_with('/').then_some(1)?;
        }
        let rest = &name[at..];
        // Names are short: a search of its own would cost more than a look at each byte.
        let length = rest.bytes().position(|byte| byte == b'/');
        let length = length.unwrap_or(rest.len());
        if length == 0 || (wanted != "*" && rest[..length] != *wanted) {
            return None;
        }
        at += length;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_keeps_itself_and_cuts_what_lies_below() {
        for (service, pattern) in CUTS {
            let name = pattern.replace('*', "x");
            let permission = format!("{service}.things.get");
            assert_eq!(cut(&permission, &name), name, "{service} {pattern}");
            assert_eq!(cut(&permission, &format!("{name}/below/it")), name);
        }
        assert!(CUTS.is_sorted_by_key(|(service, _)| service));
    }

    #[test]
    fn resources_are_cut_to_what_a_policy_can_be_set_on() {
        let table = [
            (
                "storage.objects.get",
                "projects/_/buckets/acme/objects/2026/part-1.parquet",
                "projects/_/buckets/acme",
            ),
            (
                "storage.objects.list",
                "projects/_/buckets/acme",
                "projects/_/buckets/acme",
            ),
            (
                "bigquery.tables.getData",
                "projects/p/datasets/d/tables/t",
                "projects/p/datasets/d",
            ),
            ("bigquery.jobs.create", "projects/p", "projects/p"),
            (
                "bigquery.jobs.get",
                "projects/p/jobs/bquxjob_1",
                "projects/p",
            ),
            (
                "secretmanager.versions.access",
                "projects/1/secrets/s/versions/latest",
                "projects/1/secrets/s",
            ),
            (
                "cloudkms.cryptoKeyVersions.useToDecrypt",
                "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3",
                "projects/p/locations/global/keyRings/r/cryptoKeys/k",
            ),
            (
                "cloudkms.keyRings.get",
                "projects/p/locations/global/keyRings/r",
                "projects/p/locations/global/keyRings/r",
            ),
            (
                "iam.serviceAccountKeys.create",
                "projects/-/serviceAccounts/1/keys/2",
                "projects/-/serviceAccounts/1",
            ),
            (
                "io.k8s.core.v1.pods.create",
                "core/v1/namespaces/default/pods/web-1",
                "core/v1/namespaces/default",
            ),
            (
                "io.k8s.apps.v1.deployments.get",
                "apps/v1/namespaces/default/deployments/web",
                "apps/v1/namespaces/default",
            ),
            (
                "compute.instances.get",
                "//compute.googleapis.com/projects/p/zones/z/instances/i",
                "//compute.googleapis.com/projects/p/zones/z/instances/i",
            ),
            ("compute.instances.list", "projects/p", "projects/p"),
            (
                "newthing.items.get",
                "projects/p/locations/l/items/i",
                "projects/p",
            ),
            ("resourcemanager.folders.get", "folders/12", "folders/12"),
            ("storage.buckets.create", "projects//buckets/x", ""),
            ("storage.objects.get", "", ""),
            ("storage.objects.get", "//storage.googleapis.com", ""),
            ("", "projects/p/x", "projects/p"),
            (
                "storage.objects.get",
                "projects/_/buckets/büro/objects/ü",
                "projects/_/buckets/büro",
            ),
        ];
        for (permission, resource, expected) in table {
            assert_eq!(
                cut(permission, resource),
                expected,
                "{permission} {resource}"
            );
        }
    }
}
