"""The result of a simulation: labelled voltages, or calcium; how to look at and keep them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Quantity, ms

from neuroflysim.checks import did_you_mean, one_of
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing, netcdf, written_whole
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import OneFly, flies_of
from neuroflysim.responses.card import responses_card
from neuroflysim.responses.choosing import at_one_place, of_central_cells, places_at
from neuroflysim.responses.nwb import write_nwb
from neuroflysim.responses.plain_labels import with_plain_labels
from neuroflysim.responses.signal_rules import (
    require_finite,
    require_labels,
    require_numbers,
    require_times,
)

if TYPE_CHECKING:
    from neuroflysim.explore import Exploration
    from neuroflysim.plotting.animation import Movie

#: The label that tells the parameters of a candidate.
CHECKSUM = "parameters_sha256"

#: What a recording may show of a neuron. Arrays of the second carry it as their name.
SIGNALS = VOLTAGE, CALCIUM = ("voltage", "calcium")

#: Movies and pages begin so long before the stimulus: what is before is rest at grey.
BEGIN = -100 * ms


class Responses:
    """Voltages of model neurons over time, for each candidate and condition.

    What a calcium indicator would show of voltages (`neuroflysim.analysis.recorded`) is kept in
    the same way, but is no voltage: it is `signal` that holds it.

    Parameters
    ----------
    voltage : DataArray
        Dimensions (candidate, condition, time, cell_type) where central cells were recorded, one
        of each type; else (candidate, condition, time, neuron). With trials of a noisy model,
        their dimension ``trial`` comes before time. Time is in seconds from stimulus
        onset; each sample is the voltage at the end of a time step. The coordinates along
        condition are the parameters of the protocol; along neuron: cell_type, u, v. NaN may stand
        where a shorter condition has ended; files of netCDF hold finite voltages only. An array
        that is named calcium is calcium.
    variables : mapping of str to DataArray, optional
        What else was recorded of the same cells (`simulate` with ``variables=``), by name, each
        with the dimensions of `voltage`.

    Attributes
    ----------
    signal : DataArray
        What is held, whatever it is.
    variables : dict of str to DataArray
        What is held beside it; ``responses["adaptation"]`` is one of these.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> connectome = nfs.load_connectome()
    >>> responses = nfs.simulate(
    ...     nfs.protocols.flash(), connectome=connectome,
    ...     parameters=nfs.Parameters.uniform(connectome), extent=1, time_step=20*ms)
    >>> responses.voltage.dims
    ('candidate', 'condition', 'time', 'cell_type')
    >>> photoreceptor = responses.voltage.sel(cell_type="R1").sel(time=0.5, method="nearest")
    >>> photoreceptor.round(2).to_numpy().tolist()  # one candidate; dark and bright flash
    [[0.02, 0.95]]
    """

    def __init__(self, voltage: xr.DataArray, variables: Mapping[str, xr.DataArray] | None = None):
        if not isinstance(voltage, xr.DataArray):
            raise InvalidTypeError(
                f"voltage must be an xarray DataArray, but is {type(voltage).__name__}."
            )
        expected = ("candidate", "condition", "time")
        without_trials = tuple(name for name in voltage.dims if name != "trial")
        misplaced = "trial" in voltage.dims and voltage.dims.index("trial") != 2
        if misplaced or without_trials not in ((*expected, "cell_type"), (*expected, "neuron")):
            raise InvalidValueError(
                f"voltage has the dimensions {voltage.dims}, but must have {expected} and then"
                " cell_type or neuron; trial, if there is one, comes before time."
            )
        require_numbers(voltage)
        require_times(voltage)
        require_labels(voltage)
        self.signal = voltage = with_plain_labels(voltage)
        self.variables = _alike(voltage, {} if variables is None else variables)

    @property
    def kind(self) -> str:
        """What `signal` is: voltage or calcium."""
        return CALCIUM if self.signal.name == CALCIUM else VOLTAGE

    @property
    def voltage(self) -> xr.DataArray:
        """The voltages.

        Raises
        ------
        InvalidValueError
            If these responses are calcium.
        """
        if self.kind != VOLTAGE:
            raise InvalidValueError(
                f"these responses are {self.kind}, not voltage: take .signal, or .voltage of the"
                " responses that were given to nfs.analysis.recorded."
            )
        return self.signal

    def __repr__(self) -> str:
        told = [f"{size} {name}" for name, size in self.signal.sizes.items()]
        if self.kind != VOLTAGE:
            told.append(self.kind)
        beside = f"; {', '.join(self.variables)}" if self.variables else ""
        return f"<Responses: {', '.join(told)}{beside}>"

    def _repr_html_(self) -> str:
        return responses_card(self.signal, self.kind, self.variables)

    def __getitem__(self, name: str) -> xr.DataArray:
        """Return what was recorded under a name: the voltage, a variable, or those of a cell type.

        ``responses["T4a"]`` is what `signal` holds of T4a: without the dimension cell_type, or all
        its neurons.

        Raises
        ------
        InvalidValueError
            If nothing of this name was recorded, and no cell type has it; lists what was recorded.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> responses = nfs.simulate(
        ...     nfs.protocols.flash(), connectome=connectome, extent=1, dynamics="adapting",
        ...     parameters=nfs.Parameters.uniform(connectome, dynamics="adapting"),
        ...     variables=["adaptation"])
        >>> responses
        <Responses: 1 candidate, 2 condition, 1500 time, 65 cell_type; adaptation>
        >>> responses["adaptation"].dims == responses["voltage"].dims
        True
        """
        there = {self.kind: self.signal, **self.variables}
        types = self.signal.coords.get("cell_type")
        if types is not None and isinstance(name, str) and name not in there:
            of_type = types.to_numpy() == name
            if "neuron" in self.signal.dims and of_type.any():
                return self.signal.isel(neuron=of_type)
            if of_type.any():
                return self.signal.sel(cell_type=name)
        if isinstance(name, list | tuple):
            raise InvalidValueError(
                f"responses[...] takes one name, but was given {list(name)}; of several cell types:"
                f" responses.sel(cell_type={list(name)})."
            )
        if not isinstance(name, str) or name not in there:
            recorded = [] if types is None else dict.fromkeys(types.to_numpy().tolist())
            near = did_you_mean(name, [*there, *recorded])
            raise InvalidValueError(
                f"there is no {name!r} in these responses, but {', '.join(map(repr, there))} of"
                f" {len(recorded)} cell types.{near} State variables are recorded by"
                " nfs.simulate(..., variables=[...]); of a cell type that was recorded, its name"
                " gives the responses."
            )
        return there[name]

    def sel(self, **labels: Any) -> Responses:
        """Return the responses at some labels: `xarray.DataArray.sel` of all that is held.

        Dimensions stay, also those of which one label is chosen. A single time, in seconds or a
        quantity such as ``500*ms``, is the nearest that there is, and labels of conditions, which
        are no dimensions, choose those conditions. What was chosen is counted anew: condition 0 of
        it, in a table, too, is the first that was chosen, and its labels tell which that is.

        Parameters
        ----------
        **labels
            For a dimension a label, a list or a slice of them; for a label of conditions or of
            neurons, such as angle or cell_type, a value or a list or a slice of them. Both ends of
            a slice belong to it; they are quantities, ``time=slice(-100*ms, 500*ms)``, or plain
            numbers in SI units, as are lists. ``columns=[(0, 0), (2, -1)]`` chooses cells by pairs
            (u, v); of ``u=[0, 2], v=[0, -1]``, one after the other, all four columns are chosen.

        Raises
        ------
        InvalidValueError
            If there is no such label; says which there are.
        InvalidTypeError
            If it is of another kind or unit than the labels, or some of a slice or a list has a
            unit and some has none.

        Examples
        --------
        >>> voltage = xr.DataArray(
        ...     np.zeros((1, 2, 3, 1)), dims=("candidate", "condition", "time", "cell_type"),
        ...     coords={"time": [0.0, 0.1, 0.2], "cell_type": ["T4a"],
        ...             "angle": ("condition", [0, 90])})
        >>> Responses(voltage).sel(angle=90, time=slice(0*ms, 100*ms), cell_type="T4a")
        <Responses: 1 candidate, 1 condition, 2 time, 1 cell_type>
        """
        found = self
        for name, wanted in labels.items():
            found = found.isel(**places_at(found.signal, name, wanted))
        return found

    def isel(self, **places: Any) -> Responses:
        """Return the responses at some places of dimensions; a single place keeps its dimension.

        Parameters
        ----------
        **places
            For a dimension an index, a list or a slice of them, or a list of True and False.

        Examples
        --------
        >>> voltage = xr.DataArray(
        ...     np.zeros((1, 2, 3, 1)), dims=("candidate", "condition", "time", "cell_type"))
        >>> Responses(voltage).isel(condition=1, time=slice(1, None))
        <Responses: 1 candidate, 1 condition, 2 time, 1 cell_type>
        """
        for name in places:
            one_of("a dimension of responses", name, map(str, self.signal.dims))
        kept = {
            name: [int(place)] if isinstance(place, int | np.integer) else place
            for name, place in places.items()
        }
        return self._each(lambda values: values.isel(kept))

    def _each(self, change: Callable[[xr.DataArray], xr.DataArray]) -> Responses:
        """Return responses with all that is held changed in one way."""
        changed = {name: change(values) for name, values in self.variables.items()}
        return Responses(change(self.signal), changed)

    def central(self) -> Responses:
        """Return the responses of the cells at column (0, 0) only, one of each cell type.

        Raises
        ------
        InvalidValueError
            If no cell of these responses stands there.
        """
        if "cell_type" in self.signal.dims:
            return self
        return self._each(at_one_place(of_central_cells(self.signal)))

    def one_of_each_type(self) -> Responses:
        """Return the responses of one cell of each type: the only one that is held, or `central`.

        Where columns were chosen, ``responses.sel(u=2, v=-1)``, it is the cell there; where types
        stand in several columns, the cell at (0, 0).

        Raises
        ------
        InvalidValueError
            If types stand in several columns, and none in (0, 0); says how to choose one.
        """
        types = self.signal["cell_type"].to_numpy()
        if "neuron" in self.signal.dims and len(types) == len(set(types)):
            return self._each(at_one_place(np.full(len(types), True)))
        return self.central()

    def mean_over_trials(self) -> Responses:
        """Return the mean over trials, without their dimension; as they are, if there is none.

        Examples
        --------
        >>> voltage = xr.DataArray(
        ...     [[[[[0.2]], [[0.4]]]]],
        ...     dims=("candidate", "condition", "trial", "time", "cell_type"))
        >>> Responses(voltage).mean_over_trials()
        <Responses: 1 candidate, 1 condition, 1 time, 1 cell_type>
        """
        if "trial" not in self.signal.dims:
            return self
        return self._each(lambda values: values.mean("trial", keep_attrs=True))

    def under(self, perturbation: OneFly | str) -> Responses:
        """Return the responses of the flies to which one thing was done, of all parameters.

        Parameters
        ----------
        perturbation : str, Perturbation, tuple of Perturbation, or None
            An entry of the list that `simulate` was given, or its label; None: the intact fly.

        Raises
        ------
        InvalidValueError
            If there is no such fly; names those that there are.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> silenced = nfs.Silence("L1")
        >>> responses = nfs.simulate(
        ...     nfs.protocols.flash(), connectome=connectome, extent=1,
        ...     parameters=nfs.Parameters.uniform(connectome), perturbations=[None, silenced])
        >>> responses.voltage["perturbation"].to_numpy().tolist()
        ['intact', 'silence L1']
        >>> responses.under(silenced)
        <Responses: 1 candidate, 2 condition, 1500 time, 65 cell_type>
        """
        if "perturbation" not in self.signal.coords:
            raise InvalidValueError(
                "these responses are of intact flies only: simulate with perturbations=[...]."
            )
        if not isinstance(perturbation, str):
            (fly,) = flies_of([perturbation])
            perturbation = fly.label
        there = self.signal["perturbation"].to_numpy()
        one_of("perturbation", perturbation, dict.fromkeys(there.tolist()))
        return self._each(lambda values: values.isel(candidate=there == perturbation))

    def to_dataframe(self) -> pd.DataFrame:
        """Return a tidy table: one row for each voltage, its labels in columns.

        What was recorded beside it stands in columns of its own, the last ones.
        """
        table = self.signal.to_dataframe(self.kind).reset_index()
        dims = self.signal.dims
        beside = {n: v.transpose(*dims).to_numpy().ravel() for n, v in self.variables.items()}
        return table.assign(**beside)

    def animate(
        self,
        cell_types: Sequence[str],
        path: str | os.PathLike[str] | None = None,
        luminance: xr.DataArray | None = None,
        condition: int = 0,
        candidate: int = 0,
        begin: Quantity = BEGIN,
        end: Quantity | None = None,
    ) -> Movie:
        """Show the activity of all columns as a movie, beside the stimulus.

        Parameters
        ----------
        cell_types : sequence of str
        path, luminance, condition, candidate, begin, end
            See `neuroflysim.plotting.animate_activity`.

        Returns
        -------
        Movie
            A matplotlib FuncAnimation, which a notebook plays.
        """
        from neuroflysim.plotting.animation import animate_activity

        return animate_activity(self, luminance, cell_types, path, condition, candidate, begin, end)

    def explore(
        self,
        path: str | os.PathLike[str] | None = None,
        cell_types: Sequence[str] | str | None = None,
        candidate: int = 0,
        begin: Quantity = BEGIN,
        end: Quantity | None = None,
        connectome: Connectome | None = None,
        parameters: Parameters | None = None,
    ) -> Exploration:
        """Make a page to look through the responses: columns over time, and inputs of cells.

        It is one HTML file of at most 10 MB that needs no network, with the numbers inside: 4,095
        steps from the lowest to the highest value of each cell type. Of a recording that would be
        larger, every second or third sample and so on is on the page, which says so.

        Parameters
        ----------
        path : path-like, optional
            Ends in .html: the page is written there.
        cell_types : str or sequence of str, optional
            All that were recorded, if not given.
        candidate : int
            Of which candidate. Trials are averaged.
        begin, end : Quantity [s]
            What is shown, from stimulus onset; until the recording ends if `end` is not given.
        connectome : Connectome, optional
            Of which the inputs are told; not needed for the one in the box.
        parameters : Parameters, optional
            Those of the candidate. With them inputs are told by strength, without by synapses.

        Returns
        -------
        Exploration
            A notebook shows it; `save` writes it to a file.

        Raises
        ------
        InvalidValueError
            If so much was asked for that fewer than 12 samples would fit, or connectome or
            parameters are not those of the responses.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> parameters = nfs.Parameters.uniform(connectome)
        >>> responses = nfs.simulate(
        ...     nfs.protocols.flash(), connectome=connectome, parameters=parameters, extent=1,
        ...     record=["R1", "L1", "Mi1"])
        >>> responses.explore(parameters=parameters).told
        '3 cell types, 2 conditions, 263 times'
        """
        from neuroflysim.explore import explored

        page = explored(
            self.signal, self.kind, cell_types, candidate, begin, end, connectome, parameters
        )
        if path is not None:
            page.save(path)
        return page

    def save(self, path: str | os.PathLike[str], session: Mapping | None = None) -> None:
        """Write the responses to a file: netCDF (.nc), a tidy table (.csv), or NWB (.nwb).

        Parameters
        ----------
        path : path-like
            Only netCDF keeps all and can be read again by `load_responses`. NWB has one time
            series for each cell type, condition and candidate, and the conditions as its table of
            trials; `load_recording` reads it like a file from a laboratory. Variables beside the
            voltage are in all of them. A table begins with the checksums of parameters, a line with
            # for each candidate: ``pandas.read_csv(path, comment="#")``.
        session : mapping, optional
            What NWB shall say of the session: session_description, identifier,
            session_start_time, session_id, experimenter, lab, institution,
            experiment_description, keywords, notes, related_publications; and subject, a dict of
            the fields of `pynwb.file.Subject`, which archives ask for though no animal was
            recorded. Without it what is known of the simulation, and now for its start.
        """
        if not isinstance(path, str | os.PathLike):
            raise InvalidTypeError(f"path must name a file, but is {path!r}.")
        suffix = one_of(
            "the suffix of a responses file", os.path.splitext(path)[1], (".nc", ".csv", ".nwb")
        )
        if session is not None and suffix != ".nwb":
            raise InvalidValueError(f"session is for .nwb, but {path} is {suffix}; leave it out.")
        if suffix == ".nc":
            require_finite(self.signal)
            for name, values in self.variables.items():
                require_finite(values, name)
            netcdf.write(self.signal, self.kind, path, self.variables)
        elif suffix == ".nwb":
            write_nwb(self.signal, path, session, self.kind, self.variables)
        else:
            with written_whole(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
                table = self.to_dataframe()
                if CHECKSUM in table:
                    for number, each in enumerate(self.signal[CHECKSUM].to_numpy().tolist()):
                        file.write(f"# {CHECKSUM} of candidate {number}: {each}\n")
                table.drop(columns=CHECKSUM, errors="ignore").to_csv(file, index=False)


def load_responses(path: str | os.PathLike[str]) -> Responses:
    """Read responses that `Responses.save` wrote as netCDF.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Responses

    Raises
    ------
    InvalidValueError
        If the file is damaged, or was changed since it was written: a checksum in it tells. Or if
        voltages, times or labels are not what `Responses` must have.

    Warns
    -----
    UncheckedFileWarning
        If another program wrote the file, so that there is no checksum.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "responses.nc"
    >>> voltage = xr.DataArray(
    ...     [[[[0.5]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.02], "cell_type": ["T4a"]})
    >>> Responses(voltage).save(file)
    >>> load_responses(file)
    <Responses: 1 candidate, 1 condition, 1 time, 1 cell_type>
    """
    path = existing(path)
    signal, variables = netcdf.read_with_others(path, *SIGNALS)
    try:
        responses = Responses(signal, variables)
        if "time" not in signal.coords:
            raise InvalidValueError(f"{responses.kind} has no label time, in seconds.")
        for name, values in {responses.kind: signal, **variables}.items():
            require_finite(values, name)
        return responses
    except (InvalidTypeError, InvalidValueError) as error:
        raise InvalidValueError(
            f"{path} holds no responses: {error} They are written by Responses.save('... .nc')."
        ) from None


def _alike(voltage: xr.DataArray, variables: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """Return what stands beside voltages, or raise if it is not of the same cells and times."""
    for name, values in variables.items():
        if not isinstance(values, xr.DataArray) or dict(values.sizes) != dict(voltage.sizes):
            shape = dict(values.sizes) if isinstance(values, xr.DataArray) else type(values)
            raise InvalidValueError(
                f"the variable {name!r} has {shape}, but must be a DataArray with the sizes of the"
                f" voltages, {dict(voltage.sizes)}."
            )
        if name in SIGNALS or name in voltage.coords or name in voltage.dims:
            raise InvalidValueError(f"a variable beside voltages cannot be named {name!r}.")
        require_numbers(values, name)
    return dict(variables)
