"""`redshift list`: what the account has in this region, also what has no endpoint yet."""

import json

import pytest

from ess_plugins.redshift.clusters import Listed, clusters
from ess_plugins.redshift.warehouse import Kind


def test_clusters_and_workgroups_of_the_region_are_listed_with_status_and_endpoint(sandbox, here):
    cluster, workgroup = json.loads(here("redshift", "list", "-f", "json").stdout)
    for row in (cluster, workgroup):
        assert row["endpoint"].rpartition(":")[0].startswith("127.")
        assert row.pop("endpoint")
    assert cluster == {
        "kind": "cluster",
        "name": "essentia-warehouse",
        "status": "available",
        "database": "dev",
        "node_type": "ra3.xlplus",
        "nodes": 1,
    }
    assert workgroup == {
        "kind": "workgroup",
        "name": "essentia-workgroup",
        "status": "available",
        "database": "dev",
        "node_type": "",
        "nodes": None,
    }
    assert sandbox.counts() == {
        "redshift:DescribeClusters": 1,
        "redshift-serverless:ListWorkgroups": 1,
        "redshift-serverless:ListNamespaces": 1,
    }


def test_who_may_not_list_workgroups_still_sees_the_clusters(sandbox, here):
    sandbox.plan(deny=["ListWorkgroups"])
    done = here("redshift", "list", "-f", "value", "-c", "name")
    assert (done.returncode, done.stdout) == (0, "essentia-warehouse\n")
    assert done.stderr == "ess: warning: these credentials may not list serverless workgroups\n"


def test_a_region_without_clusters_lists_nothing(sandbox, here):
    done = here("redshift", "list", "-f", "json", "--region", "eu-west-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("endpoint", [{}, {"Endpoint": None}, {"Endpoint": {}}, {"Endpoint": {"Port": 5439}}])
def test_a_cluster_that_is_being_made_has_no_endpoint(endpoint):
    page = {"Clusters": [{"ClusterIdentifier": "w", "ClusterStatus": "creating", **endpoint}]}

    class Paginator:
        def paginate(self):
            return iter([page, {"Clusters": []}])

    class Client:
        def get_paginator(self, name):
            assert name == "describe_clusters"
            return Paginator()

    assert list(clusters(Client())) == [Listed(Kind.CLUSTER, "w", "creating", "", "", "", 0)]


def test_a_denied_listing_is_said(sandbox, here):
    sandbox.plan(deny=["DescribeClusters"])
    done = here("redshift", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ess: not allowed to call DescribeClusters: ")


def test_a_column_that_there_is_not_is_refused_without_a_call(sandbox, here):
    done = here("redshift", "list", "-c", "nodez")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "ess: there is no column 'nodez'; did you mean nodes?",
    )
    assert sandbox.calls() == []
