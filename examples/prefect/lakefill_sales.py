"""Prefect 3: fills `sales` for yesterday, or for a window that is given; one task per shard of the keys.

    python lakefill_sales.py                                                # once, yesterday
    prefect deployment run 'lakefill-sales/nightly' -p start=... -p end=...  # a window
"""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from prefect import flow, task

sys.path.append(str(Path(__file__).parent.parent))
import lakefill_cli  # noqa: E402

SHARDS = 4


def worth_retrying(task, task_run, state) -> bool:
    failed = state.result(raise_on_failure=False)
    return not isinstance(failed, lakefill_cli.LakefillFailed) or failed.retryable


@task(retries=2, retry_delay_seconds=300, retry_condition_fn=worth_retrying)
def fill(shard: str, start: datetime, end: datetime) -> dict:
    return lakefill_cli.run("sales", start, end, "--shard", shard)["counts"]


@flow(name="lakefill-sales")
def lakefill_sales(start: datetime | None = None, end: datetime | None = None) -> list[dict]:
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = start or today - timedelta(days=1), end or today
    runs = [fill.submit(f"{i}/{SHARDS}", start, end) for i in range(1, SHARDS + 1)]
    return [run.result() for run in runs]


if __name__ == "__main__":
    lakefill_sales()
