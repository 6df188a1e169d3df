"""Reads the demo's lake with pyarrow, an engine that lakefill does not use, and compares it with the raw data.

    python read-back.py LAKE

Exit 0 only if every day of the cleaned flights holds the rows of its raw day, typed as the SQL says, in whole files.
"""

import pathlib
import sys

import pyarrow as pa
import pyarrow.dataset as ds

lake = pathlib.Path(sys.argv[1])
hive = ds.partitioning(pa.schema([("dt", pa.string())]), flavor="hive")
clean = ds.dataset(lake / "clean" / "flights", format="parquet", partitioning=hive)
raw = ds.dataset(lake / "raw" / "flights", format="parquet", partitioning=hive)

expected = {
    "departed_at": pa.timestamp("us"),
    "origin": pa.string(),
    "destination": pa.string(),
    "delay_minutes": pa.int32(),
    "distance": pa.int32(),
    "late": pa.bool_(),
    "dt": pa.string(),
}
actual = {field.name: field.type for field in clean.schema}
assert actual == expected, f"columns: {actual}"


def rows_by_day(dataset):
    table = dataset.to_table(columns=["dt"])
    counts = table.group_by("dt").aggregate([("dt", "count")]).to_pydict()
    return dict(zip(counts["dt"], counts["dt_count"]))


before, after = rows_by_day(raw), rows_by_day(clean)
assert len(after) == 181, f"{len(after)} days"
assert before == after, {day: (before.get(day), after.get(day)) for day in before if before.get(day) != after.get(day)}
outside = [
    row
    for row in clean.to_table(columns=["dt", "departed_at"]).group_by("dt").aggregate([("departed_at", "min"), ("departed_at", "max")]).to_pylist()
    if not row["dt"] == str(row["departed_at_min"].date()) == str(row["departed_at_max"].date())
]
assert not outside, outside

months = ds.dataset(lake / "clean" / "airport_months", format="parquet", partitioning=ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive"))
departures = sum(months.to_table(columns=["departures"]).column("departures").to_pylist())
assert departures == sum(after.values()), f"{departures} departures in the months, {sum(after.values())} flights in the days"
print(f"pyarrow {pa.__version__}: 181 days, {sum(after.values()):,} rows, and the months add up to them")
