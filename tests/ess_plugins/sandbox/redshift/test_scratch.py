"""The DuckDB of the front's process."""

from ess_plugins.sandbox.redshift.loading import scratch


def test_one_that_is_broken_is_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scratch._made.cache_clear()
    for _ in range(2):
        with scratch.scratch() as (engine, folder):
            assert engine.execute("select 7").fetchall() == [(7,)]
            assert folder.is_dir()
        assert list(tmp_path.iterdir()) == []
        scratch._made().close()
    scratch._made.cache_clear()
