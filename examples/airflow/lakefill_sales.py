"""Airflow 3: fills `sales` every night, one mapped task per shard of the keys.

The timetable matters. `schedule="@daily"` gives data intervals that are empty (start = end); CronDataIntervalTimetable gives whole
days. An empty window is refused by lakefill (exit code 2), so this mistake fails instead of doing nothing for ever.

Backfill: airflow backfill create --dag-id lakefill_sales --from-date 2025-01-01 --to-date 2025-12-31 --max-active-runs 2
"""

import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException
from airflow.timetables.interval import CronDataIntervalTimetable

sys.path.append(str(Path(__file__).parent.parent))
import lakefill_cli  # noqa: E402

SHARDS = int(os.environ.get("LAKEFILL_SHARDS", "4"))


@dag(
    dag_id="lakefill_sales",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=2,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
)
def lakefill_sales():
    @task
    def shards() -> list[str]:
        return [f"{i}/{SHARDS}" for i in range(1, SHARDS + 1)]

    @task
    def fill(shard: str, data_interval_start=None, data_interval_end=None) -> dict:
        try:
            run = lakefill_cli.run("sales", data_interval_start, data_interval_end, "--shard", shard)
        except lakefill_cli.LakefillFailed as failed:
            if failed.retryable:
                raise
            # Checks refused the data, or the definition is wrong: a retry would end the same way.
            raise AirflowFailException(str(failed)) from failed
        return {"run": run["id"], **run["counts"]}

    fill.expand(shard=shards())


lakefill_sales()
