"""What Tenfold is measured against in `registry_at_scale.py`: the same questions by hand, in DuckDB SQL, Polars windows and pandas.

Each is given tables that are in memory, as it likes them best, and gives back answers that are compared with ours. A level
below quantification is read as 0.
"""

from __future__ import annotations

from typing import Any

import polars as pl

SQL = """
WITH turned AS (
    SELECT DISTINCT patient_id, "order" AS day, kind = 'remission' AS remission FROM course
), turns AS (
    SELECT patient_id, day, remission FROM turned
    QUALIFY remission IS DISTINCT FROM lag(remission) OVER (PARTITION BY patient_id ORDER BY day, remission DESC)
), rows AS (
    SELECT patient_id, day, 0 AS rank, remission, NULL AS id, NULL AS stream, NULL::BOOLEAN AS detected, NULL::DOUBLE AS level
    FROM turns
    UNION ALL
    SELECT patient_id, transplant_day, 2, NULL, NULL, NULL, NULL, NULL FROM transplants WHERE NOT autologous
    UNION ALL
    SELECT patient_id, sample_day, 1, NULL, sample_id, marker || ' ' || tissue || ' ' || method, detected <> 'no',
        CASE WHEN detected <> 'no' THEN 100 * coalesce(target_copies, 0) / control_copies END
    FROM mrd_samples WHERE detected <> 'no' OR control_copies >= 10000
), placed AS (
    SELECT *, count(*) FILTER (id IS NULL) OVER of_patient AS comparison,
        last_value(remission IGNORE NULLS) OVER of_patient AS in_remission
    FROM rows WINDOW of_patient AS (PARTITION BY patient_id ORDER BY day, rank, id ROWS UNBOUNDED PRECEDING)
), compared AS (
    SELECT id, stream, patient_id, comparison, day, detected, level,
        coalesce(bool_or(NOT detected) OVER before, false) AS conversion, min(level) OVER before AS lowest,
        lead(detected) OVER in_order AS next_detected, lead(level) OVER in_order AS next_level
    FROM placed WHERE id IS NOT NULL AND in_remission
    WINDOW in_order AS (PARTITION BY patient_id, stream, comparison ORDER BY day, id),
        before AS (PARTITION BY patient_id, stream, comparison ORDER BY day, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT id, conversion, coalesce(next_detected AND (conversion OR next_level >= 10 * lowest * (1 - 1e-9)), false) AS confirmed
FROM compared WHERE detected AND (conversion OR (level >= 10 * lowest * (1 - 1e-9) AND lowest < 2))
QUALIFY row_number() OVER (PARTITION BY patient_id, stream, comparison ORDER BY day, id) = 1
"""


def in_polars_windows(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Conversion, tenfold rise and confirmation by the next sample as window expressions."""
    turned = (
        tables["course"]
        .lazy()
        .select("patient_id", day=pl.col("order").cast(pl.Int64), remission=pl.col("kind") == "remission")
        .unique()
    )
    turned = turned.sort("patient_id", "day", pl.col("remission").not_())
    turns = turned.filter(
        pl.col("remission").ne_missing(pl.col("remission").shift().over("patient_id", order_by="day"))
    ).with_columns(rank=pl.lit(0))
    grafts = (
        tables["transplants"]
        .lazy()
        .filter(~pl.col("autologous"))
        .select("patient_id", day=pl.col("transplant_day").cast(pl.Int64), rank=pl.lit(2))
    )
    detected = pl.col("detected") != "no"
    samples = (
        tables["mrd_samples"]
        .lazy()
        .filter(detected | (pl.col("control_copies") >= 10_000))
        .select(
            "patient_id",
            id="sample_id",
            day=pl.col("sample_day").cast(pl.Int64),
            rank=pl.lit(1),
            stream=pl.concat_str("marker", "tissue", "method", separator=" "),
            detected=detected,
            level=pl.when(detected).then(100 * pl.col("target_copies").fill_null(0) / pl.col("control_copies")),
        )
    )
    comparison, one = pl.col("id").is_null().cum_sum().over("patient_id"), ["patient_id", "stream", "comparison"]
    rise = 10 * pl.col("lowest") * (1 - 1e-9)
    return (
        pl.concat([turns, grafts, samples], how="diagonal")
        .sort("patient_id", "day", "rank", "id")
        .with_columns(comparison=comparison, in_remission=pl.col("remission").forward_fill().over("patient_id"))
        .filter(pl.col("id").is_not_null() & pl.col("in_remission"))
        .with_columns(
            conversion=(~pl.col("detected")).cum_max().shift(fill_value=False).over(one),
            lowest=pl.col("level").cum_min().forward_fill().shift().over(one),
            next_detected=pl.col("detected").shift(-1).over(one),
            next_level=pl.col("level").shift(-1).over(one),
        )
        .filter(pl.col("detected") & (pl.col("conversion") | ((pl.col("level") >= rise) & (pl.col("lowest") < 2))))
        .unique(one, keep="first", maintain_order=True)
        .select(
            "id",
            "conversion",
            confirmed=(pl.col("next_detected") & (pl.col("conversion") | (pl.col("next_level") >= rise))).fill_null(
                False
            ),
        )
        .collect()
    )


def in_duckdb(connection: Any) -> pl.DataFrame:
    """The same in SQL, over tables that the connection holds."""
    return pl.DataFrame(pl.from_arrow(connection.execute(SQL).to_arrow_table()))


MYELODYSPLASIA_RELATED = ["ASXL1", "BCOR", "EZH2", "RUNX1", "SF3B1", "SRSF2", "STAG2", "U2AF1", "ZRSR2"]
WEIGHTS = {
    "extramedullary": 0.90,
    "prior_hma": 0.64,
    "NF1": 0.94,
    "PTPN11": 0.80,
    "FLT3": 0.49,
    "TP53": 0.39,
    "SF3B1": -0.98,
}
ADVERSE = r"(?:t\(6;9\)|t\(9;22\)|t\(8;16\)|inv\(3\)|t\(3;3\)|del\(5\)|-5[,\[]|-7[,\[]|-17[,\[]|\(17\)\(p)"


def states_in_pandas(tables: dict[str, Any]) -> Any:
    """A reading of the molecular state in pandas: each patient's rows in order, stream by stream, in a loop of Python.

    Negative, detectable, relapse suspected, confirmed and after that; comparison begins anew with a remission, a relapse or
    an allograft. Bounds, editions, treatments, scales, laboratories and unknowns are left out.
    """
    import pandas as pd

    samples = tables["mrd_samples"]
    called = samples[(samples["detected"] != "no") | (samples["control_copies"] >= 10_000)].copy()
    called["positive"] = called["detected"] != "no"
    called["level"] = (100 * called["target_copies"].fillna(0) / called["control_copies"]).where(called["positive"])
    course = tables["course"][["patient_id", "order", "kind"]].drop_duplicates().rename(columns={"order": "day"})
    grafts = tables["transplants"]
    grafts = grafts[~grafts["autologous"]].rename(columns={"transplant_day": "day"})[["patient_id", "day"]]
    events = pd.concat([course.assign(rank=0), grafts.assign(rank=2, kind="graft")])
    begins = dict(list(events.sort_values(["day", "rank"]).groupby("patient_id")))
    none = events.iloc[:0]

    def state(rows: Any) -> Any:
        happened = begins.get(rows.name[0], none)
        turns = list(zip(happened["day"], happened["rank"], happened["kind"], strict=True))
        remission, at, found = False, 0, []
        negative, lowest, candidate, relapsed, lowest_then = False, float("inf"), None, False, float("inf")
        for day, positive, level in zip(rows["sample_day"], rows["positive"], rows["level"], strict=True):
            while at < len(turns) and (turns[at][0], turns[at][1]) < (day, 1):
                kind = turns[at][2]
                if kind == "graft" or (kind == "remission") != remission:
                    remission = remission if kind == "graft" else kind == "remission"
                    negative, lowest, candidate, relapsed = False, float("inf"), None, False
                at += 1
            if not remission:
                found.append("outside remission")
            elif not positive:
                negative, candidate, relapsed = True, None, False
                found.append("MRD negative")
            elif relapsed:
                found.append("in MRD relapse")
            elif candidate is not None and (candidate == "conversion" or level >= 10 * lowest_then):
                relapsed = True
                found.append("MRD relapse, confirmed")
            elif candidate is None and (negative or (level >= 10 * lowest and lowest < 2)):
                candidate, lowest_then = ("conversion" if negative else "rise"), lowest
                found.append("MRD relapse, unconfirmed")
            else:
                candidate = None
                found.append("MRD detectable")
            if remission and positive:
                lowest = min(lowest, level)
        return pd.Series(found, index=rows["sample_id"])

    streams = called.sort_values("sample_day").groupby(["patient_id", "marker", "tissue", "method"], sort=False)
    return streams[["sample_id", "sample_day", "positive", "level"]].apply(state).rename("state")


def eln_2022_in_pandas(tables: dict[str, Any]) -> Any:
    """A reading of ELN 2022 in pandas: regular expressions over the first karyotype, columns of genes of the first sample."""
    import numpy as np
    import pandas as pd

    people = tables["patients"].set_index("patient_id")
    day = people["diagnosis_date"]
    iscn = tables["karyotypes"].sort_values("sample_date").groupby("patient_id")["iscn"].first().reindex(people.index)
    fusions = tables["fusions"]
    found = fusions[fusions["result"].fillna(False).astype(bool)].groupby("patient_id")["fusion"].agg(" ".join)
    found = found.reindex(people.index).fillna("")
    variants = tables["variants"].copy()
    at_first = variants[variants["sample_date"] <= variants["patient_id"].map(day)]
    genes = at_first["gene"].where(at_first["kind"] != "ITD", "FLT3-ITD")
    genes = genes.mask((at_first["gene"] == "TP53") & (at_first["vaf"] < 0.1), "TP53 low")
    has = pd.crosstab(at_first["patient_id"], genes).reindex(people.index, fill_value=0) > 0
    gene = {
        name: has[name] if name in has else pd.Series(False, people.index)
        for name in [*MYELODYSPLASIA_RELATED, "NPM1", "TP53", "FLT3-ITD"]
    }
    core = iscn.str.contains(r"t\(8;21\)|inv\(16\)|t\(16;16\)", regex=True, na=False) | found.str.contains(
        "RUNX1::RUNX1T1|CBFB::MYH11"
    )
    abnormal = iscn.str.split("[").str[0].str.count(",") - 1
    adverse = iscn.str.contains(ADVERSE, regex=True, na=False) | (abnormal >= 3)
    related = pd.concat([gene[name] for name in MYELODYSPLASIA_RELATED], axis=1).any(axis=1)
    chosen = np.select(
        [core, adverse, gene["TP53"], gene["NPM1"] & ~gene["FLT3-ITD"], related],
        ["favourable", "adverse", "adverse", "favourable", "adverse"],
        "intermediate",
    )
    return pd.Series(chosen, people.index, name="risk")


def venprs_in_pandas(tables: dict[str, Any]) -> Any:
    """A reading of VEN-PRS in pandas: what was found since the first relapse or failure, or before if there was none."""
    import pandas as pd

    people = tables["patients"].set_index("patient_id")
    course = tables["course"]
    last = course[course["kind"] == "remission"].groupby("patient_id")["order"].max().reindex(people.index)
    relapses = course[course["kind"] == "relapse"]
    since = relapses[relapses["order"] >= relapses["patient_id"].map(last)].groupby("patient_id")["order"].min()
    responses = tables["responses"]
    failed = responses[responses["reported_response"] == "refractory"].groupby("patient_id")["response_day"].min()
    phase = since.reindex(people.index).fillna(failed.reindex(people.index))
    variants = tables["variants"]
    now = variants[variants["sample_day"] >= variants["patient_id"].map(phase) - 28]
    has = (pd.crosstab(now["patient_id"], now["gene"]) > 0).reindex(people.index, fill_value=False)
    events = tables["events"]
    extra = events[
        (events["kind"] == "extramedullary disease") & (events["event_day"] >= events["patient_id"].map(phase))
    ]
    treatments = tables["treatments"]
    hma = treatments["drugs"].str.contains("azacitidine|decitabine", na=False)
    weighed = pd.DataFrame({name: has.get(name, False) for name in WEIGHTS}, index=people.index)
    weighed["extramedullary"] = (
        extra.sort_values("event_day")
        .groupby("patient_id")["present"]
        .last()
        .reindex(people.index)
        .fillna(False)
        .astype(bool)
    )
    weighed["prior_hma"] = weighed.index.isin(treatments[hma]["patient_id"])
    total = sum(weighed[name] * round(100 * weight) for name, weight in WEIGHTS.items())
    risk = pd.cut(total, [-1000, 24.5, 75.5, 1000], labels=["favourable", "intermediate", "adverse"]).astype(str)
    return risk.rename("risk")
