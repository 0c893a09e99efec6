#!/usr/bin/env python3
"""Writes methods.json: how Google's APIs are called, from Google's own discovery documents.

    pip install google-api-python-client==2.202.0
    python3 src/emulator/make_methods.py > src/emulator/methods.json

The documents are the ones that the PyPI package ships, so the table can be made without the network and
shares nothing with sa-audit's client. A further method is one more line in METHODS.
"""

import json
import pathlib
import re
import sys

import googleapiclient
import googleapiclient.version

# (discovery document, method id)
METHODS = [
    ("cloudresourcemanager.v3", "cloudresourcemanager.organizations.get"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.organizations.search"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.organizations.getIamPolicy"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.folders.get"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.folders.list"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.folders.getIamPolicy"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.projects.get"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.projects.list"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.projects.search"),
    ("cloudresourcemanager.v3", "cloudresourcemanager.projects.getIamPolicy"),
    ("iam.v1", "iam.projects.serviceAccounts.get"),
    ("iam.v1", "iam.projects.serviceAccounts.list"),
    ("iam.v1", "iam.projects.serviceAccounts.getIamPolicy"),
    ("iam.v1", "iam.projects.serviceAccounts.keys.get"),
    ("iam.v1", "iam.projects.serviceAccounts.keys.list"),
    ("iam.v1", "iam.roles.list"),
    ("iam.v1", "iam.projects.roles.list"),
    ("iam.v1", "iam.organizations.roles.list"),
    ("iam.v1", "iam.projects.locations.workloadIdentityPools.list"),
    ("iam.v1", "iam.projects.locations.workloadIdentityPools.providers.list"),
    ("policyanalyzer.v1", "policyanalyzer.projects.locations.activityTypes.activities.query"),
    ("monitoring.v3", "monitoring.projects.timeSeries.list"),
    ("recommender.v1", "recommender.projects.locations.insightTypes.insights.list"),
    ("recommender.v1", "recommender.folders.locations.insightTypes.insights.list"),
    ("recommender.v1", "recommender.organizations.locations.insightTypes.insights.list"),
    ("logging.v2", "logging.entries.list"),
    ("cloudasset.v1", "cloudasset.assets.list"),
    ("cloudasset.v1", "cloudasset.searchAllResources"),
    ("serviceusage.v1", "serviceusage.services.list"),
    ("compute.v1", "compute.regions.list"),
    ("compute.v1", "compute.instances.aggregatedList"),
    ("compute.v1", "compute.subnetworks.aggregatedList"),
    ("compute.v1", "compute.instanceGroupManagers.aggregatedList"),
    ("compute.v1", "compute.instanceTemplates.aggregatedList"),
    ("run.v1", "run.projects.locations.list"),
    ("run.v2", "run.projects.locations.services.list"),
    ("run.v2", "run.projects.locations.jobs.list"),
    ("run.v2", "run.projects.locations.workerPools.list"),
    ("container.v1", "container.projects.locations.clusters.list"),
    ("composer.v1", "composer.projects.locations.environments.list"),
    ("dataflow.v1b3", "dataflow.projects.jobs.aggregated"),
    ("dataflow.v1b3", "dataflow.projects.locations.jobs.get"),
    ("cloudfunctions.v2", "cloudfunctions.projects.locations.functions.list"),
    ("appengine.v1", "appengine.apps.services.list"),
    ("appengine.v1", "appengine.apps.services.versions.list"),
    ("cloudscheduler.v1", "cloudscheduler.projects.locations.list"),
    ("cloudscheduler.v1", "cloudscheduler.projects.locations.jobs.list"),
    ("pubsub.v1", "pubsub.projects.subscriptions.list"),
    ("pubsub.v1", "pubsub.projects.topics.list"),
    ("cloudbuild.v2", "cloudbuild.projects.locations.list"),
    ("cloudbuild.v1", "cloudbuild.projects.locations.triggers.list"),
    ("workflows.v1", "workflows.projects.locations.workflows.list"),
    ("eventarc.v1", "eventarc.projects.locations.triggers.list"),
    ("dataproc.v1", "dataproc.projects.regions.clusters.list"),
    ("notebooks.v2", "notebooks.projects.locations.instances.list"),
    ("run.v2", "run.projects.locations.jobs.executions.list"),
    ("run.v2", "run.projects.locations.services.revisions.get"),
    ("eventarc.v1", "eventarc.projects.locations.pipelines.list"),
    ("batch.v1", "batch.projects.locations.jobs.list"),
    ("clouddeploy.v1", "clouddeploy.projects.locations.targets.list"),
    ("datafusion.v1", "datafusion.projects.locations.instances.list"),
    ("apigateway.v1", "apigateway.projects.locations.apis.configs.list"),
    ("config.v1", "config.projects.locations.deployments.list"),
    ("connectors.v1", "connectors.projects.locations.connections.list"),
    ("tpu.v2", "tpu.projects.locations.nodes.list"),
    ("tpu.v2", "tpu.projects.locations.queuedResources.list"),
    ("firebaseapphosting.v1", "firebaseapphosting.projects.locations.backends.list"),
    ("storagetransfer.v1", "storagetransfer.transferJobs.list"),
    ("ml.v1", "ml.projects.jobs.list"),
    ("compute.v1", "compute.firewalls.list"),
    ("sqladmin.v1", "sql.instances.list"),
    ("sqladmin.v1", "sql.users.list"),
    ("storage.v1", "storage.buckets.list"),
    ("bigquery.v2", "bigquery.tables.list"),
    ("bigquery.v2", "bigquery.jobs.query"),
    ("bigquery.v2", "bigquery.jobs.getQueryResults"),
    ("storage.v1", "storage.projects.hmacKeys.list"),
    ("apikeys.v2", "apikeys.projects.locations.keys.list"),
    ("orgpolicy.v2", "orgpolicy.projects.policies.list"),
    ("orgpolicy.v2", "orgpolicy.projects.policies.getEffectivePolicy"),
    ("orgpolicy.v2", "orgpolicy.folders.policies.list"),
    ("orgpolicy.v2", "orgpolicy.folders.policies.getEffectivePolicy"),
    ("orgpolicy.v2", "orgpolicy.organizations.policies.list"),
    ("orgpolicy.v2", "orgpolicy.organizations.policies.getEffectivePolicy"),
]

# Page sizes that the descriptions leave open: (default, maximum, where the figures come from).
CRM = (100, 500, "not stated; 500 is the page size that gcloud asks for, the default is the emulator's choice")
PAGES = {
    "cloudresourcemanager.organizations.search": CRM,
    "cloudresourcemanager.folders.list": CRM,
    "cloudresourcemanager.projects.list": CRM,
    "cloudresourcemanager.projects.search": CRM,
    "policyanalyzer.projects.locations.activityTypes.activities.query": (
        100, 1000, "maximum from the description; the default is not stated and is the emulator's choice"),
}
PAGES["cloudasset.searchAllResources"] = (
    100, 500, "maximum from the description; the default is not stated and is the emulator's choice")
PAGES["monitoring.projects.timeSeries.list"] = (100000, 100000, "description; points, not series")
PAGES["logging.entries.list"] = (50, 1000, "the default from the description; the maximum is not stated")
PAGES["serviceusage.services.list"] = (50, 200, "description")
PAGES["storage.buckets.list"] = (1000, 1000, "description")
PAGES["storage.projects.hmacKeys.list"] = (250, 250, "description")
PAGES["storagetransfer.transferJobs.list"] = (
    100, 256, "maximum from the description; the default is not stated and is the emulator's choice")

# What a service does not state; the figures are the emulator's choice.
UNSTATED = (100, 1000, "not stated; the emulator's choice")

# The array of a list's answer, where it stands beside other arrays.
ITEMS = {
    "bigquery.tables.list": "tables",
    "bigquery.jobs.getQueryResults": "rows",
    "container.projects.locations.clusters.list": "clusters",
    "dataflow.projects.jobs.aggregated": "jobs",
    "sql.instances.list": "items",
    "monitoring.projects.timeSeries.list": "timeSeries",
}

DOCUMENTS = pathlib.Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"


def methods_of(resource):
    """Yields every method of a document or resource, at any depth."""
    yield from resource.get("methods", {}).values()
    for child in resource.get("resources", {}).values():
        yield from methods_of(child)


def kind(field):
    """Returns the type by which a value is checked."""
    if "enum" in field:
        return "enum"
    if field["type"] in ("object", "any"):
        return "any"
    if field.get("format") in ("int32", "uint32", "int64", "uint64"):
        return field["format"]
    return field["type"]


def template(method):
    """Returns the path in the notation of google.api.http: `v1/{name=projects/*}/keys`."""

    def expand(found):
        name = found.group(1)
        pattern = method["parameters"][name].get("pattern")
        if pattern is None:
            sys.exit(f"{method['id']}: no pattern for {{+{name}}}")
        glob = pattern.removeprefix("^").removesuffix("$").replace("[^/]+", "*")
        if not re.fullmatch(r"[\w*/-]+", glob):
            sys.exit(f"{method['id']}: cannot translate the pattern {pattern}")
        return f"{{{name}={glob}}}"

    return re.sub(r"\{\+(\w+)\}", expand, method["path"])


def query_parameters(method):
    """Returns the query parameters: type, whether required or repeated, the values of an enum."""
    parameters = {}
    for name, field in sorted(method.get("parameters", {}).items()):
        if field["location"] != "query":
            continue
        parameter = {"type": kind(field)}
        if field.get("required") or field.get("description", "").startswith("Required."):
            parameter["required"] = True
        if field.get("repeated"):
            parameter["repeated"] = True
        if "enum" in field:
            parameter["values"] = field["enum"]
        parameters[name] = parameter
    return parameters


def body_fields(schemas, ref, above=()):
    """Returns the fields of a request message; a message inside it is an object of its own fields."""
    fields = {}
    for name, field in sorted(schemas[ref].get("properties", {}).items()):
        inner = field.get("items", field)
        if "$ref" not in inner:
            fields[name] = kind(inner)
        elif inner["$ref"] in (*above, ref):
            # A message that holds itself, such as a parameter's type, is not looked into a second time.
            fields[name] = "any"
        else:
            fields[name] = body_fields(schemas, inner["$ref"], (*above, ref))
    return fields


def enums(schemas, ref, above=()):
    """Returns the enums of a response by dotted path, arrays passed through; their order is that of the numbers."""
    found = {}
    for name, field in sorted(schemas[ref].get("properties", {}).items()):
        inner = field.get("items", field)
        if "enum" in inner:
            found[name] = inner["enum"]
        elif "$ref" in inner and inner["$ref"] not in (*above, ref):
            for path, values in enums(schemas, inner["$ref"], (*above, ref)).items():
                found[f"{name}.{path}"] = values
    return found


def pages(method, parameter):
    """Returns the page size's parameter, default and maximum: from PAGES, the document's limits or the description."""
    if method["id"] in PAGES:
        default, maximum, source = PAGES[method["id"]]
        return {"parameter": parameter, "default": default, "maximum": maximum, "source": source}
    field = method["parameters"][parameter]
    text = field["description"]
    default = field.get("default") or figure(
        r"(?:default\W+(?:(?:value )?is |of )?`?|unspecified, at most )(\d[\d,]*)", text)
    maximum = field.get("maximum") or figure(r"(?:max(?:imum)?\b\D{0,20}?|\bto `)(\d[\d,]*)", text)
    if not default or not maximum:
        default, maximum, source = UNSTATED
        return {"parameter": parameter, "default": default, "maximum": maximum, "source": source}
    return {"parameter": parameter, "default": int(default), "maximum": int(maximum), "source": "description"}


def figure(pattern, text):
    """Returns the figure that the pattern's group finds, `1,000` as 1000, or nothing."""
    match = re.search(pattern, text, re.IGNORECASE)
    return match and match.group(1).replace(",", "")


def scoped(schemas, response):
    """Returns the array in each zone and region of an aggregated list's answer, or nothing."""
    ref = response.get("items", {}).get("additionalProperties", {}).get("$ref")
    fields = schemas[ref]["properties"] if ref else {}
    return next((name for name, field in fields.items() if "$ref" in field.get("items", {})), None)


def items(method, response):
    """Returns the name of the array of a list's answer: its only array of messages, paged or (keys.list) all there is."""
    if method["id"] in ITEMS:
        return ITEMS[method["id"]]
    arrays = [name for name, field in response.items() if "$ref" in field.get("items", {})]
    return arrays[0] if len(arrays) == 1 and ("nextPageToken" in response or len(response) == 1) else None


def entry(document, method):
    """Returns one row of the table."""
    schemas = document["schemas"]
    response = schemas[method["response"]["$ref"]]["properties"]
    row = {
        "id": method["id"],
        "host": document["rootUrl"].removeprefix("https://").rstrip("/"),
        "verb": method["httpMethod"],
        "path": document.get("servicePath", "") + template(method),
        "query": query_parameters(method),
    }
    if scoped(schemas, response):
        row["items"], row["scoped"] = "items", scoped(schemas, response)
    elif items(method, response):
        row["items"] = items(method, response)
    for parameter in ("pageSize", "maxResults"):
        if parameter in row["query"]:
            row["pages"] = pages(method, parameter)
    if "request" in method:
        row["body"] = body_fields(schemas, method["request"]["$ref"])
        if "pageToken" in row["body"]:
            row["pages"] = pages(method, "pageSize")
    row["enums"] = enums(schemas, method["response"]["$ref"])
    return row


def main():
    rows, common = [], set()
    documents = {name: json.loads((DOCUMENTS / f"{name}.json").read_text()) for name, _ in METHODS}
    for name, method_id in METHODS:
        document = documents[name]
        found = [method for method in methods_of(document) if method["id"] == method_id]
        if len(found) != 1:
            sys.exit(f"{name}: {len(found)} methods {method_id}")
        rows.append(entry(document, found[0]))
        # Compute Engine's alone, and old.
        common |= set(document["parameters"]) - {"userIp"}
    table = {
        "source": f"google-api-python-client {googleapiclient.version.__version__}",
        "revisions": {name: document["revision"] for name, document in documents.items()},
        "system_parameters": sorted(common),
        "methods": rows,
    }
    json.dump(table, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
