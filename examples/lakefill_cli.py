"""Calls `lakefill run` for a window from Python: what the examples for Airflow, Dagster, Prefect and Luigi share.

Needs `lakefill` on the PATH (or LAKEFILL_BIN), and the folder of the project in LAKEFILL_PROJECT.
"""

import json
import os
import shlex
import subprocess
from datetime import datetime

# What the same command will not do better a moment later: wrong usage or definition, and data that the checks refuse.
NOT_WORTH_RETRYING = {2, 12}

# lakefill does not call it a failure when it leaves a partition alone (exit code 0). Who asks for one window wants it filled:
# these are failures here. Waiting for the source is worth a retry; what was refused before is not until something changes.
WAITING = {"input-missing", "input-unreadable", "input-archived", "upstream-missing", "in-flight"}
REFUSED_BEFORE = "tried-before"
HELD = 4


class LakefillFailed(Exception):
    """The command ended with another code than 0. What ended well is published and will not be done again."""

    def __init__(self, exit_code: int, message: str, retryable: bool | None = None):
        super().__init__(f"lakefill ended with exit code {exit_code}: {message}")
        self.exit_code = exit_code
        self.retryable = exit_code not in NOT_WORTH_RETRYING if retryable is None else retryable


def run(dataset: str, start: datetime, end: datetime, *more: str) -> dict:
    """Fills what is due in [start, end) and gives the run document. `start` and `end` carry a time zone.

    An empty window is refused by lakefill with exit code 2, never taken for success. When this process is told to stop,
    lakefill is told too: it finishes or undoes what is in flight.
    """
    words = [
        *shlex.split(os.environ.get("LAKEFILL_BIN", "lakefill")),
        *("run", dataset, "--from", _instant(start), "--to", _instant(end)),
        *("--project", os.environ["LAKEFILL_PROJECT"], "--yes", "--json", "--log-format", "json", *more),
    ]
    print("$", shlex.join(words), flush=True)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        out, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait(timeout=300)
        raise
    document = json.loads(out) if out.strip() else None
    if process.returncode != 0:
        raise LakefillFailed(process.returncode, _why(document))
    _refuse_holes(document)
    return document


def _refuse_holes(document: dict) -> None:
    for dataset in document["datasets"]:
        for held in dataset.get("held", []):
            if held["code"] == REFUSED_BEFORE or held["code"] in WAITING:
                message = f"{held['keys']} of {dataset['dataset']} held, {held['code']}: {held['hint']}"
                raise LakefillFailed(HELD, message, retryable=held["code"] != REFUSED_BEFORE)


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.isoformat()


def _why(document: dict | None) -> str:
    """One line: the counts, and the first partition that did not end well."""
    if document is None:
        return "see its last line on stderr"
    for dataset in document["datasets"]:
        for partition in dataset["partitions"]:
            if partition["outcome"] in ("rejected", "failed", "conflict", "blocked", "cancelled"):
                message = (partition["error"] or {}).get("message", "")
                return f"{document['counts']}; {dataset['dataset']}/{partition['key']} {partition['outcome']}: {message}"
    return str(document["counts"])
