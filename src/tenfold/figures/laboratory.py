"""A laboratory run in pictures: standard curves, threshold cycles or amplification curves, controls over runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from tenfold.assay.standard_curve import StandardCurve
from tenfold.figures import style
from tenfold.settings import Settings
from tenfold.vocabulary import CtStatus, WellRole

ROLES = {
    WellRole.STANDARD: (style.GREY, "square"),
    WellRole.PATIENT: (style.BLUE, "circle"),
    WellRole.CONTROL: (style.GREEN, "diamond"),
    WellRole.NO_TEMPLATE: (style.VERMILLION, "triangle-up"),
}
MOST_CURVES = 120
"""More amplification curves than this hide each other: only so many wells are drawn, blanks and controls first."""


def _role_colours() -> alt.Scale:
    return alt.Scale(domain=[role.value for role in ROLES], range=[look[0] for look in ROLES.values()])


def _by_role(shape: bool = False) -> Any:
    domain = [role.value for role in ROLES]
    if shape:
        return alt.Shape("role:N", scale=alt.Scale(domain=domain, range=[look[1] for look in ROLES.values()]))
    return alt.Color("role:N", scale=_role_colours())


def standard_curve_figure(line: StandardCurve, wells: pl.DataFrame, label: str, width: int = style.WIDE) -> Any:
    """Return one target's curve: its standards, the line, and where the samples lie on it."""
    of_target = wells.filter((pl.col("target") == line.target) & (pl.col("ct_status") == CtStatus.MEASURED))
    rows = []
    for row in of_target.select("well", "role", "copies", "ct", "left_out").iter_rows(named=True):
        standard = row["role"] == WellRole.STANDARD
        place = math.log10(row["copies"]) if standard and row["copies"] else line.log10_copies(row["ct"])
        if row["role"] in (WellRole.STANDARD, WellRole.PATIENT, WellRole.CONTROL) and not row["left_out"]:
            rows.append({**row, "log10": place})
    if not rows:
        return None
    low = math.floor(min(row["log10"] for row in rows))
    high = math.ceil(max(row["log10"] for row in rows))
    drawn = [{"log10": x, "ct": line.slope * x + line.intercept} for x in (low, high)]
    x = alt.X(
        "log10:Q",
        title=f"log10 copies per reaction of {label}",
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(values=list(range(low, high + 1)), format=".0f"),
    )
    y = alt.Y("ct:Q", title="threshold cycle", scale=alt.Scale(zero=False))
    curve = alt.Chart(style.data(drawn)).mark_line(color=style.BLACK, strokeWidth=1.2, clip=True).encode(x=x, y=y)
    points = (
        alt.Chart(style.data(rows))
        .mark_point(filled=True, size=55, opacity=0.85)
        .encode(x=x, y=y, color=_by_role(), shape=_by_role(shape=True))
    )
    return alt.layer(curve, points).properties(width=width - 70, height=220)


def cycles_figure(wells: pl.DataFrame, settings: Settings, width: int = style.WIDE) -> Any:
    """Return the threshold cycle of every well by sample, one panel for each target; empty wells stand on the right."""
    cutoff = settings["assay.ct_cutoff"]
    measured = wells.filter((pl.col("ct_status") != CtStatus.MISSING) & pl.col("role").is_not_null())
    panels = []
    for target in measured["target"].drop_nulls().unique(maintain_order=True):
        of_target = measured.filter((pl.col("target") == target) & (pl.col("role") != WellRole.STANDARD))
        if not of_target.height:
            continue
        end = max(cutoff + 3.0, math.ceil(of_target["ct"].max() or 0) + 1.0)  # type: ignore[arg-type]
        start = math.floor(min(of_target["ct"].min() or cutoff, cutoff - 1))
        rows = [
            {**row, "at": end - 0.6 if row["ct"] is None else row["ct"], "empty": row["ct"] is None}
            for row in of_target.select("sample", "role", "ct").iter_rows(named=True)
        ]
        names = list(dict.fromkeys(row["sample"] or "no name" for row in rows))
        gutter = 170 if width == style.WIDE else 100
        ticks = [tick for tick in range(int(start), int(cutoff) + 1) if tick % 5 == 0]
        x = alt.X(
            "at:Q",
            title=f"threshold cycle of {target}; on the right: none",
            scale=alt.Scale(domain=[start, end], nice=False, zero=False),
            axis=alt.Axis(values=ticks, format=".0f"),
        )
        y = alt.Y("sample:N", sort=names, title=None, axis=alt.Axis(labelLimit=gutter - 8, ticks=False))
        rule = alt.Chart(style.data([{"at": cutoff}])).mark_rule(strokeDash=[4, 3], color=style.GREY).encode(x=x)
        dots = (
            alt.Chart(style.data(rows))
            .mark_point(size=50, opacity=0.9, strokeWidth=1.4)
            .encode(
                x=x,
                y=y,
                color=_by_role(),
                shape=_by_role(shape=True),
                fillOpacity=alt.condition("datum.empty", alt.value(0.0), alt.value(0.6)),
                fill=alt.Fill("role:N", scale=_role_colours(), legend=None),
            )
        )
        panels.append(alt.layer(rule, dots).properties(width=width - gutter - 20, height=18 * len(names)))
    return alt.vconcat(*panels, spacing=24) if panels else None


def amplification_figure(curves: pl.DataFrame, wells: pl.DataFrame, width: int = style.WIDE) -> Any:
    """Return fluorescence by cycle, one panel for each target, coloured by what the well holds."""
    roles = wells.select("well", "target", pl.col("role").cast(pl.String)).drop_nulls("role")
    panels = []
    for target in roles["target"].drop_nulls().unique(maintain_order=True):
        order = [WellRole.NO_TEMPLATE, WellRole.CONTROL, WellRole.PATIENT, WellRole.STANDARD]
        chosen = (
            roles.filter(pl.col("target") == target)
            .sort(pl.col("role").replace_strict({r.value: k for k, r in enumerate(order)}, return_dtype=pl.Int64))
            .head(MOST_CURVES)
        )
        rows = curves.join(chosen, on=["well", "target"]).sort("well", "cycle")
        if rows.height:
            made = (
                alt.Chart(style.data(rows.select("well", "role", "cycle", "fluorescence").to_dicts()))
                .mark_line(strokeWidth=1, opacity=0.75)
                .encode(
                    x=alt.X("cycle:Q", title=f"cycle ({target})", axis=alt.Axis(grid=False)),
                    y=alt.Y("fluorescence:Q", title="fluorescence"),
                    detail=alt.Detail("well:N"),
                    color=_by_role(),
                )
            )
            panels.append(made.properties(width=width - 70, height=180))
    return alt.vconcat(*panels, spacing=24) if panels else None


def control_figure(judged: pl.DataFrame, control: str, width: int = style.WIDE) -> Any:
    """Return one control over runs (Levey-Jennings): its mean with 1, 2 and 3 SD, each run, rules broken marked."""
    shown = (pl.col("control") == control) & pl.col("placed") & pl.col("value").is_not_null()
    rows = judged.filter(shown).sort("number").to_dicts()
    if not rows:
        return None
    mean, sd = rows[-1]["mean"], rows[-1]["sd"]
    values = [row["value"] for row in rows]
    judged_here = mean is not None and sd and any(row["z"] is not None for row in rows)
    around = [mean + k * sd for k in (-3.6, 3.6)] if judged_here else []
    spread = (max(values) - min(values)) or 1.0
    low, high = min([*values, *around]), max([*values, *around])
    y = alt.Y(
        "value:Q",
        title=rows[0]["unit"],
        scale=alt.Scale(domain=[low - 0.02 * spread, high + 0.02 * spread], nice=False, zero=False),
        axis=alt.Axis(grid=False),
    )
    x = alt.X(
        "number:Q",
        title=f"run, in order of time: {control}",
        scale=alt.Scale(domain=[0.5, len(rows) + 0.5], nice=False),
        axis=alt.Axis(tickMinStep=1, format=".0f", grid=False),
    )
    layers = []
    if judged_here:
        lines = [
            {"value": mean + k * sd, "label": "mean" if k == 0 else f"{k:+d} SD", "k": abs(k)} for k in range(-3, 4)
        ]
        rule = alt.Chart(style.data(lines))
        layers.append(
            rule.mark_rule().encode(
                y=y,
                color=alt.Color(
                    "k:O",
                    scale=alt.Scale(
                        domain=[0, 1, 2, 3], range=[style.BLACK, style.RULE, style.ORANGE, style.VERMILLION]
                    ),
                    legend=None,
                ),
            )
        )
        layers.append(
            rule.mark_text(align="left", dx=4, fontSize=10).encode(
                y=y, x=alt.value(width - 120), text=alt.Text("label:N")
            )
        )
    states = [
        {
            **{name: row[name] for name in ("number", "value")},
            "state": "not judged"
            if row["z"] is None
            else "breaks a rule"
            if row["broken"]
            else "warning"
            if row["warning"]
            else "in control",
            "rules": ", ".join(row["broken"] or []),
        }
        for row in rows
    ]
    looks: Mapping[str, tuple[str, str]] = {
        "in control": (style.BLUE, "circle"),
        "warning": (style.ORANGE, "diamond"),
        "breaks a rule": (style.VERMILLION, "square"),
        "not judged": (style.GREY, "circle"),
    }
    present = [name for name in looks if any(state["state"] == name for state in states)]
    dots = alt.Chart(style.data(states))
    layers.append(dots.mark_line(color=style.GREY, strokeWidth=0.8).encode(x=x, y=y))
    layers.append(
        dots.mark_point(filled=True, size=55, opacity=1).encode(
            x=x,
            y=y,
            color=alt.Color("state:N", scale=alt.Scale(domain=present, range=[looks[n][0] for n in present])),
            shape=alt.Shape("state:N", scale=alt.Scale(domain=present, range=[looks[n][1] for n in present])),
        )
    )
    layers.append(dots.mark_text(dy=-10, fontSize=10).encode(x=x, y=y, text=alt.Text("rules:N")))
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent", shape="independent")
        .properties(width=width - 130, height=170)
    )
