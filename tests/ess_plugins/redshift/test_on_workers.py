"""`redshift stream` on workers: the same table and rejects, and no node has seen a file of the master."""

import gzip
import shutil
from pathlib import Path

from ess_plugins.workers import run as running
from ess_plugins.workers.parcels import packed
from tests.fixtures.redshift import BUCKET

SPEC = ("--columnspec", "IS:id S:name F:price")
FILES = {
    "a": 'id,name,price\n1,plain,1.5\n2,"with, comma",2.5\nthree,x,3\n4,toolongforit,4\n',
    "b": "id,name,price\n6,six,6\n",
}


def test_a_load_is_the_same_on_workers_as_here(world, nodes, ess, monkeypatch):
    sandbox = world.warehouse.sandbox
    s3 = sandbox.client("s3")
    for name, text in FILES.items():
        s3.put_object(Bucket=BUCKET, Key=f"raw/{name}.csv", Body=gzip.compress(text.encode()))
    conf = sandbox.folder / "workers.conf"
    conf.write_text(sandbox.conf_without_data + f"[Data]\nscratch: s3://{BUCKET}/tmp\n")
    monkeypatch.setenv("ESS_CONF", str(conf))
    nodes.not_there.write_text(f"{ess.cwd}\n{ess.env['ESS_HOME']}\n")
    sent = []
    monkeypatch.setattr(running, "packed", lambda fn, item: sent.append(packed(fn, item)) or sent[-1])
    try:
        world.ok("select", f"s3://{BUCKET}/raw")
        world.ok("category", "add", "raw", "**", *SPEC)
        found = []
        for table, where in (("here", ["--master"]), ("there", [])):
            world.table(table, "id int, name varchar(9), price float, _file_id bigint")
            done = world.load(table, "-f", "tsv", *where)
            rows = world.rows(f"select id, name, price from {table} order by id")
            found.append((done.code, done.stdout, rows))
            shutil.rmtree(Path(ess.env["ESS_HOME"]) / "cache")
    finally:
        for name in FILES:
            s3.delete_object(Bucket=BUCKET, Key=f"raw/{name}.csv")
        conf.unlink()
    here, there = found
    assert there == here
    assert here[2] == [(1, "plain", 1.5), (6, "six", 6)]
    assert len(sent) >= 4, "the workers have cleaned and staged"
    assert not Path(f"{nodes.not_there}.touched").exists()
    assert not [data for data in sent if str(ess.env["ESS_HOME"]).encode() in data]
    assert not s3.list_objects_v2(Bucket=BUCKET, Prefix="tmp/").get("Contents")
