"""The laboratory's command: plate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenfold.cli.shared import FAULTS, JsonOption, console_for, print_json, read, stop, working, write_report

if TYPE_CHECKING:
    import polars as pl

    from tenfold.assay.measure import MeasuredRun
    from tenfold.assay.profile import Profile
    from tenfold.records import Registry

HistoryOption = Annotated[
    Path | None,
    typer.Option("--history", help="A folder of earlier reports: the controls over all runs, judged and drawn."),
]


def plate(
    run: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="A run file: RDML, an instrument's export, CSV.")
    ] = None,
    profile: Annotated[Path | None, typer.Option("--profile", help="The laboratory profile (TOML).")] = None,
    plate_map: Annotated[
        Path | None, typer.Option("--map", help="A plate map (CSV): what each well or sample is, and its patient.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="A table of diagnostic samples, like mrd_samples.")
    ] = None,
    name: Annotated[str | None, typer.Option("--run", help="Which run, where the file holds several.")] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="When the run was, where its file does not say: 2026-05-20[T14:30].")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the report and the mrd_samples rows.")] = None,
    history: HistoryOption = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Measure a simulated run instead of a file, to see what comes out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn a laboratory's run into MRD results: curves, copies, verdicts, wording to sign, rows for an assessment."""
    if run is None and not simulated:
        if history is None:
            stop("name a run file, or --history with a folder of earlier reports, or --simulated")
        if not _trend(history, _profile(profile), out, as_json):
            raise typer.Exit(FAULTS)
        return
    from tenfold.assay.rows import mrd_rows
    from tenfold.reports.laboratory import run_view

    measured, faults = _measure(run, _profile(profile), plate_map, baseline, name, day)
    rows, held = mrd_rows(measured)
    if out is not None:
        _write(measured, rows, held, out)
    view = {**run_view(measured), "held_back": held.to_dicts(), "faults": faults}
    if as_json:
        print_json({**view, "mrd_samples": rows.to_dicts()})
    else:
        _print(view, rows.height, out)
    in_control = history is None or _trend(history, _profile(profile), out, as_json=False, quiet=as_json)
    if faults or not measured.accepted or not in_control:
        raise typer.Exit(FAULTS)


def _profile(path: Path | None) -> Profile:
    from tenfold.assay.profile import DEFAULT, read_profile

    try:
        return DEFAULT if path is None else read_profile(path)
    except OSError as error:
        stop(error)
    except (KeyError, ValueError) as error:
        stop(f"{path}: {error.args[0]}")


def _measure(
    path: Path | None,
    profile: Profile,
    plate_map: Path | None,
    baseline: Path | None,
    name: str | None,
    day: str | None,
) -> tuple[MeasuredRun, list[str]]:
    """The measured run and the faults of the tables beside it; stops with what was expected and found."""
    from tenfold.assay.baseline import baselines
    from tenfold.assay.measure import NO_SAMPLES, measure
    from tenfold.assay.planted import example_baseline, example_run, example_samples
    from tenfold.records.reading import read_table

    faults: list[str] = []
    try:
        known = None
        if baseline is not None:
            registry = read(baseline) if baseline.is_dir() else read_table(baseline, "mrd_samples")
            known, faults = baselines(registry), _in_words(registry)
        if path is None:
            return measure(example_run(), profile, example_samples(), example_baseline()), faults
        from tenfold.exchange.instruments import read_plate_map, read_run, with_plate_map

        with working(f"Reading {path}"):
            run, samples = read_run(path, name), NO_SAMPLES
            run = run if day is None else run.dated(day)
            if plate_map is not None:
                named = read_plate_map(plate_map)
                run, samples = with_plate_map(run, named), named.samples
        return measure(run, profile, samples, known), faults
    except (OSError, ValueError) as error:
        stop(error)


def _in_words(registry: Registry) -> list[str]:
    """The faults of a table, one line each."""
    from tenfold.records.faults import Used

    columns = ("file", "line", "column", "value", "rule", "remedy", "used")
    return [
        f"{row['file']} line {row['line']}, {row['column']} = {row['value']}: {row['rule']}; {row['remedy']}"
        f"{'; until then this row is not used' if row['used'] == Used.ROW_SET_ASIDE else ''}"
        for row in registry.check().select(columns).to_dicts()
    ]


def _write(measured: MeasuredRun, rows: pl.DataFrame, held: pl.DataFrame, out: Path) -> None:
    from tenfold.assay.trend import SUMMARY, run_summary
    from tenfold.records.csv_out import write_csv
    from tenfold.reports.laboratory import laboratory_page, wells_table
    from tenfold.reports.simulated import mark

    simulated = measured.run.format == "simulated"
    _refuse_other_samples(out, simulated)
    with working("Drawing the report"):
        page = laboratory_page(measured)
    write_report(page, out / "report.html")
    write_csv(rows, out / "mrd_samples.csv")
    write_csv(held, out / "held_back.csv")
    write_csv(wells_table(measured), out / "wells.csv")
    (out / SUMMARY).write_text(json.dumps(run_summary(measured), ensure_ascii=False, indent=2), "utf-8")
    if mark(out, simulated):  # and to the reading of the rows as records
        (out / "registry.toml").write_text("simulated = true\n", "utf-8")


def _refuse_other_samples(out: Path, simulated: bool) -> None:
    """Stop where a folder holds the samples of a centre, or a run of real patients where this one is simulated, or the reverse."""
    from tenfold.assay.trend import SUMMARY
    from tenfold.reports.simulated import FILE

    if (out / "mrd_samples.csv").exists() and not (out / SUMMARY).exists():
        stop(
            f"{out} holds mrd_samples.csv, which is of no run and would be replaced: name a folder of its own for the run"
        )
    if (out / SUMMARY).exists() and simulated != (out / FILE).exists():
        here, this = ("real", "simulated") if simulated else ("simulated", "real")
        stop(f"{out} holds a {here} run, and this one is {this}: name another folder")


def _print(view: dict[str, Any], rows: int, out: Path | None) -> None:
    from rich.markup import escape

    from tenfold.reports.laboratory import CURVE_COLUMNS
    from tenfold.reports.text import plain_table

    console = console_for()
    console.print(f"[bold]{escape(view['run'])}[/] ({escape(view['format'])}): {escape(view['verdict'])}")
    console.print(" · ".join(escape(part) for part in (view["when"], view["instrument"]) if part))
    origin = f"{view['profile']['name']} ({view['profile']['origin']})"
    console.print(f"Profile: {escape(origin)}")
    for line in view["profile"]["changed"]:
        console.print(f"  sets {escape(line)}")
    for note in (*view["notes"], *view["faults"]):
        console.print(f"[bold]note:[/] {escape(note)}")
    if view["curves"]:
        table = plain_table(*CURVE_COLUMNS)
        for curve in view["curves"]:
            table.add_row(*map(escape, curve))
        console.print(table)
    for line in view["blanks"]:
        console.print(f"Without template: {escape(line)}")
    for name, marker, gave, limits, verdict in view["controls"]:
        console.print(f"Control {escape(f'{name}, {marker}: {gave}, range {limits} %: {verdict}')}")
    for sample in view["samples"]:
        console.print(f"[bold]{escape(sample['title'])}[/]: {escape(sample['sentence'])}")
        for line in sample["alignments"]:
            console.print(f"  {escape(line)}")
        because = f": {sample['because']}" if sample["because"] else ""
        console.print(f"  {escape(sample['verdict'] + because)}")
        for remark in sample["remarks"]:
            console.print(f"  - {escape(remark)}")
    for held in view["held_back"]:
        console.print(f"[bold]held back:[/] {escape(held['sample'])} {escape(held['marker'])}: {escape(held['why'])}")
    if out is not None:
        console.print(
            f"\n[bold]Report:[/] {out / 'report.html'}; {rows} rows for an assessment: {out / 'mrd_samples.csv'}"
        )


def _trend(folder: Path, profile: Profile, out: Path | None, as_json: bool, quiet: bool = False) -> bool:
    """Judge the controls of all runs reported below a folder; False where one is out of control or cannot be placed in time."""
    from tenfold.assay.trend import not_placed, points, read_history, westgard
    from tenfold.reports.laboratory import trend_page

    try:
        summaries, faults = read_history(folder)
    except OSError as error:
        stop(error)
    if not summaries:
        stop(f"{folder} holds no run report (run.json); `tenfold plate RUN --out {folder}/NAME` writes one", FAULTS)
    judged = westgard(points(summaries), profile.settings)
    order = not_placed(judged)
    controls = [judged.filter(judged["control"] == one) for one in judged["control"].unique(maintain_order=True)]
    last = [control.filter(control["placed"])[-1:] for control in controls]
    in_control = not order and not any(rules for one in last for rules in one["broken"].to_list())
    if as_json:
        print_json({"points": judged.to_dicts(), "faults": [*faults, *order]})
    if out is not None:
        write_report(trend_page(judged, profile.settings, faults=faults), out / "trend.html")
    if as_json or quiet:
        return in_control
    from rich.markup import escape

    console = console_for()
    console.print(f"[bold]Controls over {len(summaries)} runs[/]")
    for fault in (*faults, *order):
        console.print(f"[bold]note:[/] {escape(fault)}")
    for control, latest in zip(controls, last, strict=True):
        console.print(f"  {escape(control['control'][0]):<40} {_latest(latest)}")
    if out is not None:
        console.print(f"[bold]Report:[/] {out / 'trend.html'}")
    return in_control


def _latest(one: pl.DataFrame) -> str:
    """A control's last run in words; `one` is empty where no run has a place in time."""
    if one.is_empty():
        return "not judged: the order of its runs is not known"
    row = one.row(0, named=True)
    broken = ", ".join(row["broken"] or [])
    state = broken or ("not judged: too few runs, or no spread" if row["z"] is None else "in control")
    level = "no level" if row["value"] is None else f"{row['value']:.3g} {row['unit']}"
    return f"last {level}: {state}"
