"""``python plain_aggregate.py DATABASE``: the bare aggregate over the files of all categories, by sqlite3."""

import sqlite3
import sys

SQL = "SELECT count(*), sum(size), min(moment), max(moment) FROM file"

if __name__ == "__main__":
    with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as database:
        print(*database.execute(SQL).fetchone())
