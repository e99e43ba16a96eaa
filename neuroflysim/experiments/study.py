"""What a study is: a publication, how to show its stimuli, and what was measured in flies."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path

import pandas as pd
from attrs import asdict, evolve, field, fields, frozen
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.experiments.flies import written_flies
from neuroflysim.perturbations import Fly, Modulate
from neuroflysim.protocols import LIBRARY
from neuroflysim.quantity_text import parse_quantity, parse_value
from neuroflysim.stimulus.protocol import Protocol

#: Of experiments that name none.
TIME_STEP = 10 * ms


@frozen
class Citation:
    """Who published a study, where and when."""

    authors: str
    year: int
    title: str
    journal: str | None
    doi: str | None

    def __str__(self) -> str:
        where = f". {self.journal}" if self.journal else ""
        doi = f". doi:{self.doi}" if self.doi else ""
        return f"{self.authors} ({self.year}). {self.title}{where}{doi}"


@frozen
class Signal:
    """What was recorded, and the numbers of the recording model that a study gives."""

    kind: str
    subtract_rest: bool | None = None
    threshold: float | None = None
    exponent: float | None = None
    rise_time: str | None = None
    decay_time: str | None = None

    def arguments(self) -> dict:
        """Return the arguments of `neuroflysim.analysis.recorded`."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {
            name: parse_quantity(value) if name.endswith("_time") else value
            for name, value in given.items()
        }


@frozen
class Experiment:
    """A protocol of the library with the parameters that a study used, and the flies it used."""

    name: str
    protocol: str
    parameters: dict  #: as written in study.yaml
    as_used: str
    time_step: Quantity = TIME_STEP
    perturbations: dict = field(factory=dict)  #: as written in study.yaml

    def build(self) -> Protocol:
        """Return the protocol."""
        return LIBRARY[self.protocol](**argument_values(self.parameters))

    @property
    def flies(self) -> list[Fly]:
        """The intact fly, and the perturbed ones under the names that the study gives them."""
        return written_flies(self.perturbations)

    @property
    def modulators(self) -> list[str]:
        """The modulators that its flies have at another level than usual."""
        done = [each for fly in self.flies for each in fly.perturbations]
        return sorted({each.name for each in done if isinstance(each, Modulate)})

    @property
    def shown(self) -> tuple[str, str, float]:
        """What it shows to its flies: experiments that agree in this need one simulation."""
        parameters = json.dumps(self.parameters, sort_keys=True)
        return self.protocol, parameters, float(self.time_step)


#: Fewer rows are no correlation, or no order.
LEAST_ROWS = {"correlation": 3, "rank": 2}


@frozen
class Agreement:
    """How model and fly are compared; see `neuroflysim.experiments.judging.agreement`."""

    kind: str
    over: str | None = None
    at: float | None = None
    above: str | None = None
    below: str | None = None
    ranges: dict[str, str] = field(factory=dict)  #: by word; bounds and ranges as in a table

    @property
    def words(self) -> dict[str | None, float]:
        """The words that may stand for a value, and the side of the threshold they mean."""
        if self.kind == "sign":
            return {"ON": 1.0, "OFF": -1.0}
        if self.kind == "threshold":
            return {self.above: 1.0, self.below: -1.0}
        return {}


@frozen
class Against:
    """The fly that a value is compared with before the agreement: another one of the experiment."""

    perturbation: str  #: its name; intact for the one to which nothing is done
    by: str  #: ratio: divided by its value; difference: minus its value


@frozen
class Measure:
    """How a measure is taken from the responses of the model."""

    name: str
    experiment: str
    function: str
    arguments: dict  #: as written in study.yaml
    agreement: Agreement
    signal: Signal
    against: Against | None = None
    #: Another measure of the study, whose findings this one asks once more, of HS and VS: then it
    #: counts in no score.
    beside: str = ""

    @property
    def asked(self) -> tuple[str, str, Signal]:
        """What is asked of responses: measures that agree in this need one computation."""
        return self.function, json.dumps(self.arguments, sort_keys=True), self.signal


@frozen
class Measurement:
    """A number or word taken from flies: one row of measurements.csv."""

    measure: str
    cell_type: str
    condition: str
    value: str
    unit: str
    spread: str
    n: int | None
    locator: str
    support: str
    remark: str
    row: int  #: line of the file; the header is line 1

    @property
    def strict(self) -> bool:
        """Whether its source is a strict one: facts that others report are not."""
        return self.support != "secondary"


@frozen
class Study:
    """A publication with its experiments and measurements; see `load_study`.

    Attributes
    ----------
    key : str
        Name of the study and of its folder.
    folder : Path
    citation : Citation
    method, stimulus, sources : str
    signal : Signal
    cell_types : tuple of str
        As the study names them.
    experiments, measures : dict
        `Experiment` and `Measure` by name.
    not_replayed : dict of str
        Why the model cannot be asked for these measures.
    measurements : tuple of Measurement
    modulated : dict
        Measures of flies with another level of a modulator that the model lacks. They stand in
        not_replayed, too; `asked_with` is for a dynamics that has it.
    """

    key: str
    folder: Path
    citation: Citation
    method: str
    signal: Signal
    cell_types: tuple[str, ...]
    stimulus: str
    sources: str
    experiments: dict[str, Experiment] = field(repr=False)
    measures: dict[str, Measure] = field(repr=False)
    not_replayed: dict[str, str] = field(repr=False)
    measurements: tuple[Measurement, ...] = field(repr=False)
    modulated: dict[str, Measure] = field(factory=dict, repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """The measurements, one row each, as they stand in measurements.csv."""
        columns = [attribute.name for attribute in fields(Measurement)]
        rows = [asdict(row) for row in self.measurements]
        return pd.DataFrame(rows, columns=columns).set_index("row")

    def asked_with(self, modulators: Collection[str]) -> Study:
        """Return the study as models are asked whose dynamics has these modulators, and no others.

        Parameters
        ----------
        modulators : collection of str

        Examples
        --------
        >>> from neuroflysim import load_study
        >>> study = load_study("strother2018")
        >>> list(study.measures), list(study.asked_with(["octopamine"]).measures)
        ([], ['octopamine_raises_excitability'])
        """
        every = {**self.measures, **self.modulated}
        lacking = {
            name: set(self.experiments[measure.experiment].modulators) - set(modulators)
            for name, measure in every.items()
        }
        reasons = {
            name: f"needs a dynamics with the modulator {', '.join(sorted(lacks))}, which the"
            " published model does not have"
            for name, lacks in lacking.items()
            if lacks
        }
        others = {name: why for name, why in self.not_replayed.items() if name not in every}
        return evolve(
            self,
            measures={name: measure for name, measure in every.items() if name not in reasons},
            modulated={name: every[name] for name in reasons},
            not_replayed={**reasons, **others},
        )

    def beside(self, measurement: Measurement) -> str:
        """Return the measure whose finding a row repeats for HS or VS; empty for all others.

        Such a row is compared and shown, and counts in no score: what a source says once does not
        count twice.

        Parameters
        ----------
        measurement : Measurement

        Examples
        --------
        >>> from neuroflysim import load_study
        >>> study = load_study("schnell2012")
        >>> [(row.cell_type, study.beside(row)) for row in study.measurements[:2]]
        [('T4, T5', ''), ('HS', 'tangential_input_left_to_gratings')]
        """
        measure = self.measures.get(measurement.measure)
        return "" if measure is None else measure.beside

    def counts(self, measurement: Measurement) -> bool:
        """Return whether a row counts in the strict score, if it is replayed."""
        return measurement.strict and not self.beside(measurement)

    def group(self, measurement: Measurement) -> str:
        """Return what the rows of one correlation or rank share; each other row is alone."""
        measure, cell_type = measurement.measure, measurement.cell_type
        over = self.measures[measure].agreement.over
        at = f" at {measurement.condition}" if measurement.condition else ""
        support = "" if measurement.strict else " (secondary)"
        if over == "condition":
            return f"{measure} of {cell_type} over condition{support}"
        if over == "cell_type":
            return f"{measure}{at} over cell_type{support}"
        return f"{measure} of {cell_type}{at}"

    def place(self, measurement: Measurement) -> str:
        """Return where a measurement stands, for tables and reports."""
        return f"{self.key}/measurements.csv:{measurement.row}"


#: A study, its name in the database, or its folder.
StudyOrName = Study | str | os.PathLike[str]


def argument_values(arguments: dict) -> dict:
    """Return arguments written in YAML as a function takes them.

    Parameters
    ----------
    arguments : dict
        Numbers, words, texts such as "28 deg/s", and lists of these.

    Returns
    -------
    dict

    Examples
    --------
    >>> argument_values({"angle": [0, 90], "stim_time": "160 ms", "speed": ["28 deg/s"]})
    {'angle': [0, 90], 'stim_time': 160. * msecond, 'speed': array([28.]) * hertz}
    """
    return {name: _argument(name, value) for name, value in arguments.items()}


def _argument(name: str, value):
    if isinstance(value, str):
        return parse_value(value)
    if not isinstance(value, list):
        return value
    values = [
        tuple(parse_value(part) if isinstance(part, str) else part for part in entry)
        if isinstance(entry, list)
        else _argument(name, entry)
        for entry in value
    ]
    if any(isinstance(entry, Quantity) for entry in values):
        return checks.quantities(name, values)
    return values
