"""Write the recipes as a table that docs/fitting.md includes; `make docs` runs this."""

from pathlib import Path

import attrs

from neuroflysim.fit import RECIPES


def write_recipes(folder: Path) -> None:
    """Write recipes.txt: a row for each field, a column for each recipe."""
    columns = {name: told(recipe) for name, recipe in RECIPES.items()}
    fields = dict.fromkeys(field for column in columns.values() for field in column)
    rows = [["", *columns]] + [
        [field, *(column.get(field, "") for column in columns.values())] for field in fields
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipes.txt").write_text("\n".join(lines) + "\n")


def told(recipe) -> dict[str, str]:
    """Return the fields of a recipe as texts, those of each stage under its number."""
    plain = {field.name: getattr(recipe, field.name) for field in attrs.fields(type(recipe))}
    stages = plain.pop("stages")
    for number, stage in enumerate(stages, 1):
        of_stage = attrs.asdict(stage)
        plain |= {f"stage {number}, {name}": value for name, value in of_stage.items()}
    return {name: as_text(value) for name, value in plain.items()}


def as_text(value) -> str:
    """Return a value as people write it; a pair by its ends."""
    return " to ".join(f"{end:g}" for end in value) if isinstance(value, tuple) else str(value)
