"""The page itself: template, style, scripts and numbers in one file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

import jinja2
import numpy as np
import xarray as xr
from attrs import field, frozen
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.explore.contents import chosen_cells, contents_of, told_precision
from neuroflysim.explore.inputs import inputs_of
from neuroflysim.files import writable, written_whole
from neuroflysim.files.templates import templates_of
from neuroflysim.parameters import Parameters

#: How high the page stands in a notebook, in points.
_HEIGHT = 860


@frozen(repr=False, eq=False)
class Exploration:
    """A page to look through responses; a notebook shows it.

    Attributes
    ----------
    html : str
        The whole page.
    told : str
        What is on it, in a few words.
    """

    html: str = field()
    told: str = field()

    def __repr__(self) -> str:
        return f"<Exploration: {self.told}, {len(self.html) / 1e6:.1f} MB>"

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="{escape(self.told)}" width="100%"'
            f' height="{_HEIGHT}" style="border:0"></iframe>'
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Ends in .html.

        Returns
        -------
        Path
        """
        path = writable(path)
        checks.one_of("the suffix of a page", path.suffix, (".html",))
        with written_whole(path) as temporary:
            temporary.write_text(self.html, encoding="utf-8")
        return path


def explored(
    signal: xr.DataArray,
    kind: str,
    cell_types: Sequence[str] | str | None = None,
    candidate: int = 0,
    begin: Quantity | None = None,
    end: Quantity | None = None,
    connectome: Connectome | None = None,
    parameters: Parameters | None = None,
) -> Exploration:
    """Return the page of responses; see `Responses.explore`.

    Parameters
    ----------
    signal : DataArray
        As `Responses` holds it.
    kind : str
        What it is, voltage or calcium.
    cell_types, candidate, begin, end, connectome, parameters
        See `Responses.explore`.
    """
    if "cell_type" not in signal.coords or "time" not in signal.coords:
        raise InvalidValueError(
            "these responses have no cell_type or no time by which a page could name what it shows;"
            " nfs.simulate gives both."
        )
    candidate = checks.whole_number("candidate", candidate)
    if candidate >= signal.sizes["candidate"]:
        raise InvalidValueError(
            f"candidate is {candidate}, but there are {signal.sizes['candidate']}, counted from 0."
        )
    names = chosen_cells(signal, cell_types)
    one = signal.isel(candidate=candidate)
    if "trial" in one.dims:
        one = one.mean("trial", keep_attrs=True)
    first = _seconds("begin", begin, -0.1)
    last = None if end is None else _seconds("end", end, 0.0)
    held = contents_of(one, names, first, last)
    data = {
        "kind": kind,
        "unit": "a.u.",
        "stim_time": float(one.attrs["stim_time"]) if "stim_time" in one.attrs else None,
        "times": np.round(held.times, 9).tolist(),
        "conditions": _labels(one),
        "columns": held.columns.tolist(),
        "types": held.types,
        "inputs": inputs_of(one, names, connectome, parameters),
    }
    n_times, n_conditions = len(held.times), one.sizes["condition"]
    told = f"{len(names)} cell types, {n_conditions} conditions, {n_times} times"
    page = _template().render(
        title=str(one.attrs.get("stimulus") or one.attrs.get("protocol") or "responses"),
        kind=kind,
        stimulated=data["stim_time"] is not None,
        facts=_facts(signal, one, candidate, held.every),
        precision=told_precision(held.types),
        # Within a script only < could end it.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    )
    return Exploration(page, told)


@cache
def _template() -> jinja2.Template:
    return templates_of("neuroflysim.explore").get_template("page.html")


def _seconds(name: str, value: Quantity | None, otherwise: float) -> float:
    if value is None:
        return otherwise
    if not isinstance(value, Quantity) or not have_same_dimensions(value, second):
        raise InvalidTypeError(
            f"{name} is {value!r}, but must be a time with its unit, for example 100*ms."
        )
    return float(value)


def _labels(one: xr.DataArray) -> list[str]:
    """Return what each condition is called: the parameters that vary."""
    named = {
        str(name): values.to_numpy() for name, values in one.coords.items()
        if values.dims == ("condition",) and name != "condition"
    }  # fmt: skip
    varying = {name: values for name, values in named.items() if len(set(values.tolist())) > 1}
    labels = []
    for k in range(one.sizes["condition"]):
        parts = [f"{name} {_value(values[k])}" for name, values in varying.items()]
        labels.append(", ".join(parts) or f"condition {k}")
    return labels


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _facts(signal: xr.DataArray, one: xr.DataArray, candidate: int, every: int) -> list[str]:
    """Return what the page says of where its numbers come from."""
    attrs = one.attrs
    facts = []
    if signal.sizes["candidate"] > 1:
        facts.append(f"candidate {candidate} of {signal.sizes['candidate']}")
    if "perturbation" in one.coords:
        facts.append(f"fly: {one.coords['perturbation'].item()}")
    if "trial" in signal.dims:
        facts.append(f"mean of {signal.sizes['trial']} trials")
    if "extent" in attrs:
        facts.append(f"extent {int(attrs['extent'])}")
    for name in ("dynamics", "method"):
        if attrs.get(name):
            facts.append(f"{name} {attrs[name]}")
    if "time_step" in attrs:
        step = float(attrs["time_step"]) * 1000
        facts.append(f"time step {step:g} ms")
    if every > 1:
        facts.append(f"every {_ordinal(every)} sample is on this page")
    if attrs.get("versions"):
        facts.append(str(attrs["versions"]))
    return facts


def _ordinal(n: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{'th' if n % 100 in (11, 12, 13) else last}"
