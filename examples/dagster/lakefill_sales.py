"""Dagster: `sales` as an asset with daily partitions. A backfill over many days is one lakefill run (BackfillPolicy.single_run).

    dagster asset materialize -f lakefill_sales.py --select sales --partition 2025-01-03
    dagster asset materialize -f lakefill_sales.py --select sales --partition-range 2025-01-01...2025-01-31
"""

import sys
from pathlib import Path

import dagster as dg

sys.path.append(str(Path(__file__).parent.parent))
import lakefill_cli  # noqa: E402


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition(start_date="2025-01-01"),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=dg.RetryPolicy(max_retries=2, delay=300),
)
def sales(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    window = context.partition_time_window
    try:
        run = lakefill_cli.run("sales", window.start, window.end)
    except lakefill_cli.LakefillFailed as failed:
        raise dg.Failure(str(failed), allow_retries=failed.retryable) from failed
    return dg.MaterializeResult(metadata={"run": run["id"], **run["counts"]})


defs = dg.Definitions(assets=[sales])
