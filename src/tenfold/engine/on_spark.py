"""Buckets on Spark: each is a job of one task, which is handed the bucket's name and gives back its receipt.

Records and answers lie where every worker sees them under the same path; no row travels through Spark. A job a bucket costs
a tenth of a second, and a worker that dies takes no other bucket with it. Traps: each worker keeps to one Polars thread, for
Spark already gives every core a task; `--memory` bounds each worker's Python process, which Spark's own memory settings do
not (`spark.executor.memoryOverhead` makes room for it); the workers need the same Tenfold and Polars, or they refuse.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from tenfold.engine.buckets import Task
from tenfold.engine.receipts import Receipt, keep

ONE_THREAD = {f"spark.executorEnv.{name}": "1" for name in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS")}
ALONE = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
"""Of a session on this machine alone: nothing listens to others."""


def session() -> Any:
    """The session there is, or the one that `spark-submit` describes, or one on this machine with all of its cores."""
    builder = SparkSession.builder.appName("tenfold")
    alone = SparkSession.getActiveSession() is None and "PYSPARK_GATEWAY_PORT" not in os.environ
    if alone:
        builder = builder.master("local[*]")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for name, value in (ONE_THREAD | (ALONE if alone else {})).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def on_spark(task: Task) -> Iterator[Receipt]:
    """Do every bucket and give its receipt when it is done; as many at once as the session has cores."""
    spark = session()
    with ThreadPoolExecutor(max(1, spark.sparkContext.defaultParallelism)) as pool:
        jobs = [pool.submit(_one, spark, task, bucket) for bucket in task.source.names]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            for job in jobs:
                job.cancel()


def _one(spark: Any, task: Task, bucket: str) -> Receipt:
    def work(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow

        for batch in batches:
            told = [task.run(name).as_json() for name in batch.column(0).to_pylist()]
            yield pyarrow.RecordBatch.from_pydict({"receipt": told})

    try:
        asked = spark.createDataFrame([(bucket,)], "bucket string").coalesce(1)
        [row] = asked.mapInArrow(work, "receipt string").collect()
        return Receipt.from_json(row["receipt"])
    except Exception as error:
        # The worker itself died, or never began: it could leave no receipt.
        receipt = Receipt(bucket, "", quarantined=f"its worker ended: {_cause(error)}")
        keep(receipt, Path(task.out))
        return receipt


def _cause(error: Exception) -> str:
    """The line of Spark's long account that says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line or "Exception" in line or "crashed" in line]
    return (named[-1] if named else lines[0] if lines else type(error).__name__)[:500]
