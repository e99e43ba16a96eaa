"""Checks against the JSON schema, with sentences that say how to mend what is wrong."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from neuroflysim.checks import none_of
from neuroflysim.experiments.loading.files import Problems

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

NAMES_OF_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a block of keys",
    "null": "null",
}


@cache
def schema() -> dict:
    """Return the JSON schema of study.yaml; the one of a row is under $defs/measurement."""
    return json.loads(files("neuroflysim.experiments_db").joinpath("study.schema.json").read_text())


@cache
def _validator(part: str | None) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    whole = schema()
    chosen = whole if part is None else {"$defs": whole["$defs"], "$ref": f"#/$defs/{part}"}
    return Draft202012Validator(chosen)


def check_study(content: Any, lines: dict[tuple, int], problems: Problems) -> None:
    """Add what the schema finds wrong in study.yaml.

    Parameters
    ----------
    content : object
        As YAML gives it.
    lines : dict of tuple to int
        The line of each key.
    problems : Problems
    """
    told = problems.lines  # a number that YAML misread is no number for the schema either
    for error in _validator(None).iter_errors(content):
        for path, text in _sentences(error):
            while path not in lines:
                path = path[:-1]
            if f"study.yaml, line {lines[path]}" not in told:
                problems.in_yaml(lines[path], text)


def check_row(cells: dict[str, str], row: int, problems: Problems) -> None:
    """Add what the schema finds wrong in a row of measurements.csv.

    Parameters
    ----------
    cells : dict of str
    row : int
        Line of the file.
    problems : Problems
    """
    for error in _validator("measurement").iter_errors(cells):
        for _, text in _sentences(error):
            problems.in_table(row, text)


def _sentences(error: ValidationError) -> list[tuple[tuple, str]]:
    """Return path and sentence for each thing that one error of jsonschema tells."""
    path, rule = tuple(error.absolute_path), error.validator
    wrong: Any = error.instance
    wanted: Any = error.validator_value
    schema_of_it: Any = error.schema
    where = ".".join(map(str, path)) or "study.yaml"
    cure = schema_of_it.get("description", "") if isinstance(schema_of_it, dict) else ""
    if rule == "required":
        missing = [name for name in wanted if name not in wrong]
        # jsonschema raises one error for each missing key: take the one that it names
        name = next(name for name in missing if error.message.startswith(repr(name)))
        return [(path, f"{where} lacks the key {name!r}; add it{_described(error, name)}.")]
    if rule == "additionalProperties":
        allowed = list(schema_of_it["properties"])
        return [
            ((*path, name), f"{none_of('the key', name, allowed)} Remove it or mend its name.")
            for name in wrong
            if name not in allowed
        ]
    if rule is None:  # the schema `false`
        return [(path, f"{where} has no meaning for this kind of agreement; remove it.")]
    if error.parent is None and "propertyNames" in error.absolute_schema_path:
        return [((*path, wrong), f"the name {wrong!r} below {where} must be {cure}.")]
    if rule == "enum":
        named = ", ".join(map(str, wanted))
        more = f" ({cure})" if cure else ""
        return [(path, f"{where} is {wrong!r}, but must be one of {named}{more}.")]
    if rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        expected = " or ".join(NAMES_OF_TYPES[kind] for kind in kinds)
        return [(path, f"{where} is {wrong!r}, but must be {expected}: {cure}.")]
    shown = repr(wrong) if wrong != "" else "empty"
    return [(path, f"{where} is {shown}, but must be {cure}.")]


def _described(error: ValidationError, name: str) -> str:
    described: Any = error.schema
    rule = described.get("properties", {}).get(name, {})
    if "$ref" in rule:
        rule = schema()["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    return f" ({rule['description']})" if isinstance(rule, dict) and "description" in rule else ""
