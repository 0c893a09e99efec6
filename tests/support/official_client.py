#!/usr/bin/env python3
"""Lists a whole estate with Google's official Python client, and prints it in the form of an estate file.

    official_client.py BASE_URL ORGANIZATION

Everything is paged, two elements at a time where the API lets the caller choose. The discovery documents are the ones
that the package ships: no network but the emulator's.
"""

import json
import sys

import google.oauth2.credentials
import googleapiclient.discovery

ACTIVITY_TYPES = ("serviceAccountLastAuthentication", "serviceAccountKeyLastAuthentication")


def client(base, service, version):
    """Returns the official client of a service, at the emulator's prefix for it."""
    return googleapiclient.discovery.build(
        service,
        version,
        credentials=google.oauth2.credentials.Credentials(token="ya29.emulated"),
        client_options={"api_endpoint": f"{base}/{service}.googleapis.com/"},
        static_discovery=True,
    )


def pages(resource, method, items, **arguments):
    """Returns the elements of every page, by the client's own paging."""
    elements = []
    request = getattr(resource, method)(**arguments)
    while request is not None:
        response = request.execute()
        elements += response.get(items, [])
        request = getattr(resource, f"{method}_next")(request, response)
    return elements


def named(elements, field):
    """Returns the elements that have a name to ask by; an estate may hold broken ones."""
    return [element for element in elements if isinstance(element, dict) and isinstance(element.get(field), str)]


def tree(manager, organization):
    """Returns the folders and projects under the organization, at any depth, deleted ones too."""
    folders, projects = [], []
    seen, ahead = set(), [organization]
    while ahead:
        parent = ahead.pop()
        # An estate may hold a folder that lies in itself.
        if parent in seen:
            continue
        seen.add(parent)
        arguments = {"parent": parent, "pageSize": 2, "showDeleted": True}
        projects += pages(manager.projects(), "list", "projects", **arguments)
        found = pages(manager.folders(), "list", "folders", **arguments)
        folders += found
        ahead += [folder["name"] for folder in named(found, "name")]
    return folders, projects


def main():
    base, organization = sys.argv[1:]
    manager = client(base, "cloudresourcemanager", "v3")
    iam = client(base, "iam", "v1")
    analyzer = client(base, "policyanalyzer", "v1")
    resources = {}

    def add(collection, elements):
        if elements:
            resources[collection] = elements

    add("cloudresourcemanager.googleapis.com/organizations",
        pages(manager.organizations(), "search", "organizations", pageSize=1))
    folders, projects = tree(manager, organization)
    add("cloudresourcemanager.googleapis.com/folders", folders)
    add("cloudresourcemanager.googleapis.com/projects", projects)
    found = pages(manager.projects(), "search", "projects", pageSize=3)
    texts = [sorted(json.dumps(project) for project in listed) for listed in (found, projects)]
    if texts[0] != texts[1]:
        sys.exit(f"search and list differ: {texts}")

    def add_policy(host, service, name, **version):
        policy = service.getIamPolicy(resource=name, **version).execute()
        # The empty policy of what never had one.
        if policy != {"etag": "ACAB"}:
            add(f"{host}/{name}:getIamPolicy", [policy])

    in_body = {"body": {"options": {"requestedPolicyVersion": 3}}}
    for service, name in [(manager.organizations(), organization)] + [
            (manager.folders(), folder["name"]) for folder in named(folders, "name")] + [
            (manager.projects(), f"projects/{project['projectId']}") for project in named(projects, "projectId")]:
        add_policy("cloudresourcemanager.googleapis.com", service, name, **in_body)

    whole = {"view": "FULL", "showDeleted": True, "pageSize": 2}
    add("iam.googleapis.com/roles", pages(iam.roles(), "list", "roles", **whole))
    add(f"iam.googleapis.com/{organization}/roles",
        pages(iam.organizations().roles(), "list", "roles", parent=organization, **whole))

    accounts_of = iam.projects().serviceAccounts()
    pools_of = iam.projects().locations().workloadIdentityPools()
    for project in named(projects, "projectId"):
        name = f"projects/{project['projectId']}"
        accounts = pages(accounts_of, "list", "accounts", name=name, pageSize=2)
        add(f"iam.googleapis.com/{name}/serviceAccounts", accounts)
        for account in named(accounts, "name"):
            # keys.list has no pages, and so no list_next.
            keys = accounts_of.keys().list(name=account["name"]).execute().get("keys", [])
            add(f"iam.googleapis.com/{account['name']}/keys", keys)
            add_policy("iam.googleapis.com", accounts_of, account["name"], options_requestedPolicyVersion=3)
        add(f"iam.googleapis.com/{name}/roles",
            pages(iam.projects().roles(), "list", "roles", parent=name, **whole))
        everywhere = f"{name}/locations/global"
        pools = pages(pools_of, "list", "workloadIdentityPools", parent=everywhere, showDeleted=True, pageSize=1)
        add(f"iam.googleapis.com/{everywhere}/workloadIdentityPools", pools)
        for pool in named(pools, "name"):
            parent = f"{everywhere}/workloadIdentityPools/{pool['name'].rsplit('/')[-1]}"
            add(f"iam.googleapis.com/{parent}/providers",
                pages(pools_of.providers(), "list", "workloadIdentityPoolProviders", parent=parent,
                      showDeleted=True, pageSize=1))
        for kind in ACTIVITY_TYPES:
            parent = f"{name}/locations/global/activityTypes/{kind}"
            activities = analyzer.projects().locations().activityTypes().activities()
            add(f"policyanalyzer.googleapis.com/{parent}/activities",
                pages(activities, "query", "activities", parent=parent, pageSize=2))
    json.dump(resources, sys.stdout)


if __name__ == "__main__":
    main()
