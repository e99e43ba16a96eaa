"""The command that judges models alike, and says whether a published judgement is still so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroflysim.cli import completion
from neuroflysim.cli.options import (
    AsJson,
    Cluster,
    DynamicsName,
    Extent,
    Folder,
    Processes,
    StudyNames,
    folder_to_make,
)
from neuroflysim.errors import InvalidValueError

if TYPE_CHECKING:
    from neuroflysim.scoreboard import Board


def board(
    rows: Annotated[
        list[str] | None,
        typer.Argument(
            help="Judge these rows of the board, or folders of parameter files of your own. Without"
            " a name all rows in the box are judged.",
            autocompletion=completion.rows,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write page, picture and tables into this folder. Each row is kept there as soon"
            " as it is known, and not computed again.",
            metavar="FOLDER",
            parser=folder_to_make,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Say whether rows are still as they were published."),
    ] = False,
    published: Annotated[
        bool,
        typer.Option("--published", help="Show the board that was published; compute nothing."),
    ] = False,
    studies: StudyNames = "all",
    extent: Extent = 15,
    processes: Processes = None,
    cluster: Cluster = None,
    dynamics: DynamicsName = "graded",
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Judge models alike: by what is known of the fly, by their task, and by all studies.

    \b
    Examples:
      neuroflysim board --published
      neuroflysim board flow -o flow_board
      neuroflysim board flow flyvis my/folder -o board
      neuroflysim board --check flow
      neuroflysim board flow --dynamics conductance
    """
    from neuroflysim.cli.arguments import studies_named
    from neuroflysim.cli.output import print_json
    from neuroflysim.connectome import load_connectome
    from neuroflysim.report.board_text import describe_board
    from neuroflysim.scoreboard import board as judge
    from neuroflysim.scoreboard import check as compare
    from neuroflysim.scoreboard import published_board
    from neuroflysim.scoreboard.box import chosen_entries

    named = rows if rows else "all"
    known = published_board() if check or published else None
    if (check or published) and known is None:
        raise InvalidValueError("no board is published with this version; leave the option out.")
    if published and known is not None:
        if check or rows or output or folder or dynamics != "graded":
            raise InvalidValueError("--published shows all that is there; it takes nothing else.")
        print_json(known.table.reset_index()) if as_json else typer.echo(describe_board(known))
        return
    if check and known is not None:
        names = [entry.name for entry in chosen_entries(named)]
        _require_published(names, known, studies, extent, dynamics)
    found = judge(
        named,
        folder=output,
        lattice=extent,
        studies=studies_named(studies),
        processes=processes,
        cluster=cluster,
        dynamics=dynamics,
        connectome=None if folder is None else load_connectome(folder),
    )
    if output is not None:
        write(found, output)
    if known is not None:
        _tell(compare(found, known), as_json)
        return
    print_json(found.table.reset_index()) if as_json else typer.echo(describe_board(found))
    if output is not None:
        typer.echo(output, err=as_json)
    if (found.table["trouble"] != "").any():
        raise typer.Exit(1)


def write(found: Board, folder: Path) -> None:
    """Write a board into a folder: board.html, board.png, board.csv, models.csv, agreements.csv.

    Parameters
    ----------
    found : Board
    folder : Path
        That is there.
    """
    from neuroflysim.cli.output import save_picture, save_table
    from neuroflysim.plotting import plot_board
    from neuroflysim.report.board import write_board_page

    save_table(found.table, folder / "board.csv")
    save_table(found.models, folder / "models.csv", index=False)
    save_table(found.agreements, folder / "agreements.csv", index=False)
    save_picture(plot_board(found), folder / "board.png")
    write_board_page(found, folder / "board.html")


def _require_published(names: list[str], known, studies: str, extent: int, dynamics: str) -> None:
    """Raise before minutes are spent on what cannot be checked."""
    if studies != "all" or extent != 15 or dynamics != "graded":
        raise InvalidValueError(
            "--check asks about the published board: all studies, extent 15, the published"
            " equations; leave --studies, --extent and --dynamics out."
        )
    missing = [name for name in names if name not in known.table.index]
    if missing:
        raise InvalidValueError(
            f"{missing[0]!r} is not on the published board, which has"
            f" {', '.join(known.table.index)}; leave --check out."
        )


def _tell(beside, as_json: bool) -> None:
    """Say what is still so; end with 1 if something is not."""
    from neuroflysim.cli.output import print_json

    wrong = beside[~beside["same"]]
    if as_json:
        print_json(beside)
    for row, lines in beside.groupby("row", sort=False) if not as_json else ():
        bad = lines[~lines["same"]]
        typer.echo(f"{row}: " + ("still so" if bad.empty else f"{len(bad)} numbers are not"))
        for line in bad.itertuples():
            typer.echo(
                f"  {line.number}: published {line.published:.4g}, now {line.now:.4g}"
                f" (may differ by {line.tolerance:g})"
            )
    if len(wrong):
        raise typer.Exit(1)
