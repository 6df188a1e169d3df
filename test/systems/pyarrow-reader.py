"""A reader that knows nothing of lakefill: reads the whole table with pyarrow, over and over, until its stdin ends.

    python pyarrow-reader.py ROOT

Writes a line of JSON for each observation: when it began and ended, and either the groups found or why there were none.
"""

import json
import sys
import threading
import time

import pyarrow as pa
import pyarrow.dataset as ds

HIVE = ds.partitioning(pa.schema([("dt", pa.string())]), flavor="hive")


def groups(root):
    table = ds.dataset(root, format="parquet", partitioning=HIVE).to_table(columns=["dt", "version", "order_id"])
    found = table.group_by(["dt", "version"]).aggregate([("order_id", "count"), ("order_id", "count_distinct")])
    columns = ["dt", "version", "order_id_count", "order_id_count_distinct"]
    return [list(row) for row in zip(*(found.column(name).to_pylist() for name in columns))]


stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.is_set():
    began = int(time.time() * 1000)
    try:
        found = {"groups": groups(sys.argv[1])}
    except OSError as error:
        found = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"began": began, "ended": int(time.time() * 1000) + 1, **found}), flush=True)
