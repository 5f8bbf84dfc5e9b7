"""``python plain_query.py FOLDER SQL``: the answer of DuckDB over all files of a folder as they lie there.

Who writes such a script knows the dialect and gives it, so that nothing is sniffed.
"""

import sys

import duckdb

_READ = (
    "read_csv('{folder}/*.csv.gz', auto_detect=false, header=false, delim=',', quote='\"', escape='\"', "
    "columns={{'ordered_at': 'VARCHAR', 'customer': 'UINTEGER', 'country': 'VARCHAR', 'product': 'VARCHAR', "
    "'price': 'DOUBLE', 'quantity': 'UINTEGER', 'comment': 'VARCHAR'}})"
)

if __name__ == "__main__":
    db = duckdb.connect()
    db.execute(f"create view orders as from {_READ.format(folder=sys.argv[1])}")
    for row in db.execute(sys.argv[2]).fetchall():
        print(*row)
