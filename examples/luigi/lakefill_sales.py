"""Luigi: `sales` by day. The marker says that a run for the day ended well; lakefill itself decides what is still to do.

    PYTHONPATH=. luigi --module lakefill_sales FillSales --date 2025-01-03 --local-scheduler
    PYTHONPATH=. luigi --module lakefill_sales RangeDaily --of FillSales --start 2025-01-01 --stop 2025-02-01 --days-back 400 --local-scheduler

Two traps of RangeDaily: days older than --days-back (default 100) are left out silently with exit code 0, and --stop is exclusive.
Give [retcode] task_failed in luigi.cfg (see the one beside this file): without it a failed task exits 0.
"""

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import luigi
from luigi.tools.range import RangeDaily  # noqa: F401

sys.path.append(str(Path(__file__).parent.parent))
import lakefill_cli  # noqa: E402


class FillSales(luigi.Task):
    date = luigi.DateParameter()

    def output(self):
        markers = os.environ.get("LAKEFILL_MARKERS", "markers")
        return luigi.LocalTarget(f"{markers}/sales-{self.date:%Y-%m-%d}.json")

    def run(self):
        start = datetime(self.date.year, self.date.month, self.date.day, tzinfo=timezone.utc)
        run = lakefill_cli.run("sales", start, start + timedelta(days=1))
        with self.output().open("w") as marker:
            json.dump({"run": run["id"], "counts": run["counts"]}, marker)
