"""The loss of the flow task with its derivative, for searches that follow gradients.

The loss is that of `FlowScorer`. Here voltages are kept, the readout is differentiated by hand, and
the network goes back through its steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr
from attrs import frozen

from neuroflysim.dynamics import GRADED
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.contract import Candidates, Model, Scores, Slopes
from neuroflysim.fit.objectives.flow_task import LOSS_OF_FAILURE, display_of
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.resting_equations import code_of
from neuroflysim.fit.terms import TERMS, DifferentiableTerm
from neuroflysim.fit.terms.contract import Seen
from neuroflysim.flow.clip_times import READ_FRAMES
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.readout_slopes import held_out_slopes
from neuroflysim.simulation import SumsOfProducts, compile
from neuroflysim.simulation.arguments import recorded_neurons


@frozen(eq=False)
class _Judged:
    """The loss of one candidate, with derivatives by all of which it is known without going back.

    Of one that failed these are NaN.
    """

    by_voltage: np.ndarray  #: that was recorded
    by_parameter: np.ndarray
    by_grey_voltage: np.ndarray
    by_coordinate: np.ndarray
    loss: float
    r2: float


class FlowSlopes:
    """Scores candidates of a recipe one by one, with derivatives; see `DifferentiableScorer`.

    Parameters
    ----------
    recipe : Recipe
    model : Model
    threads : int
    clips : Clips, optional
        Like those that are shown, if not worlds of the recipe.
    read_frames : sequence of int
    """

    def __init__(
        self,
        recipe: Recipe,
        model: Model,
        threads: int,
        clips: Clips | None = None,
        read_frames: Sequence[int] = READ_FRAMES,
    ):
        _require_rectified(model)
        weights = {name: getattr(recipe, name) for name in TERMS if getattr(recipe, name)}
        self._terms: list[tuple[float, DifferentiableTerm]] = [
            (weight, _differentiable(name)(model, threads)) for name, weight in weights.items()
        ]
        self._recipe, self._readout = recipe, recipe.reads(model.connectome)
        self._names = self._readout.cell_types or ()
        display = display_of(recipe, clips)
        rests = display.rests(model)
        self._program = compile(
            display.nothing,
            connectome=model.connectome,
            n_candidates=1,
            lattice=display.lattice,
            initial="rest" if rests else "grey",
            record=list(self._names),
            dtype="float32",
            time_step=display.time_step,
            threads=threads,
            dynamics=model.dynamics,
        )
        network = model.connectome.network(display.lattice)
        self._type_of_neuron = network.neuron_type
        self._n_types, self._rests = len(network.cell_types), rests
        # Neurons of a type follow each other in the order of columns, and there is one in each.
        index = {name: k for k, name in enumerate(network.cell_types)}
        recorded, _ = recorded_neurons(list(self._names), network)
        first = np.searchsorted(
            network.neuron_type[recorded], [index[name] for name in self._names]
        )
        sums = SumsOfProducts(
            self._names, n_targets=recipe.targets.n_targets, pooling=self._readout.pooling
        )
        self._centers = sums.centers(network)
        sites = sums.sites(network)
        self._pool = np.zeros((len(sites), len(network.columns)))  #: means over columns at a site
        for site, members in zip(self._pool, sites, strict=True):
            np.add.at(site, members, 1 / len(members))
        self._first, self._columns = first, np.arange(display.lattice.n_columns)
        self._read_frames = np.array(read_frames)

    def scores_and_slopes(
        self, candidates: Candidates, shown: dict[str, Any]
    ) -> tuple[Scores, Slopes]:
        """See `DifferentiableScorer`."""
        worlds = Clips(**shown)
        judged, slopes = zip(*(self._of_one(one, worlds) for one in _each(candidates)), strict=True)
        scores = Scores(
            np.array([one.loss for one in judged]), np.array([one.r2 for one in judged])
        )
        by_parameter, by_grey_voltage = (np.stack(each) for each in zip(*slopes, strict=True))
        by_coordinate = np.stack([one.by_coordinate for one in judged])
        rests = self._rests
        return scores, Slopes(by_parameter, by_grey_voltage if rests else None, by_coordinate)

    def _of_one(
        self, one: Candidates, worlds: Clips
    ) -> tuple[_Judged, tuple[np.ndarray, np.ndarray]]:
        """Return what is said of one candidate, and slopes by its parameters and grey voltages."""
        judged: list[_Judged] = []

        def of_voltage(voltage: xr.DataArray) -> np.ndarray:
            judged.append(self._judged(one, voltage.to_numpy()[0], worlds))
            return judged[0].by_voltage[None]

        rest = None
        if self._rests and one.grey_voltage is not None:
            rest = one.grey_voltage[:, self._type_of_neuron]
        found = self._program.pullback(
            one.parameters, of_voltage, worlds.luminance, rest, runaway="nan", progress=False
        )
        (told,) = judged
        through = np.bincount(self._type_of_neuron, found.initial.to_numpy()[0], self._n_types)
        by_parameter = told.by_parameter + found.to_vector()[0]
        return told, (by_parameter, told.by_grey_voltage + through)

    def _judged(self, one: Candidates, voltage: np.ndarray, worlds: Clips) -> _Judged:
        """Return the loss of one candidate with its derivatives, given its recorded voltages."""
        sizes = len(one.parameters[0].to_vector()), self._n_types, one.z.shape[1]
        parameter, grey, z = (np.full(size, np.nan) for size in sizes)
        failed = _Judged(np.zeros(voltage.shape), parameter, grey, z, LOSS_OF_FAILURE, np.nan)
        if not np.isfinite(voltage).all():
            return failed
        features = self._features(voltage, worlds)
        products = features.swapaxes(1, 2) @ features
        r2, by_products = held_out_slopes(
            products, worlds.scene, self._recipe.targets.n_targets, self._readout.noise
        )
        seen = Seen(one, products.sum(axis=0)[None], own=1 + np.arange(len(self._first)))
        loss, by_products = 1 - r2, -by_products
        by_parameter, by_grey_voltage, by_coordinate = (np.zeros(size) for size in sizes)
        for weight, term in self._terms:
            loss += weight * float(term.loss(seen)[0])
            slopes = term.slopes(seen)
            by_products = by_products + weight * slopes.by_sums
            by_parameter += weight * slopes.by_parameter
            by_grey_voltage += weight * slopes.by_grey_voltage
            by_coordinate += weight * slopes.by_coordinate
        if not np.isfinite(loss) or r2 > 1:
            return failed
        by_features = features @ (by_products + by_products.swapaxes(1, 2))
        by_voltage = self._back(by_features, voltage)
        return _Judged(by_voltage, by_parameter, by_grey_voltage, by_coordinate, loss, r2)

    def _features(self, voltage: np.ndarray, worlds: Clips) -> np.ndarray:
        """Return features of shape (clip, frame and site, feature): 1, outputs, and targets."""
        read = voltage[:, self._read_frames][..., self._first[:, None] + self._columns]
        outputs = np.maximum(read, 0).astype(float) @ self._pool.T
        outputs = outputs.swapaxes(-1, -2)  # clip, frame, site, output
        wanted = self._recipe.targets.targets(worlds, self._read_frames)
        targets = np.broadcast_to(
            self._of_sites(wanted), (*outputs.shape[:3], self._recipe.targets.n_targets)
        )
        features = np.concatenate([np.ones_like(outputs[..., :1]), outputs, targets], axis=-1)
        return features.reshape(len(features), -1, features.shape[-1])

    def _of_sites(self, wanted: np.ndarray) -> np.ndarray:
        """Return targets at the end of read frames, and at the sites that count."""
        of_frames = np.asarray(wanted, dtype=float)[:, self._read_frames]
        if of_frames.ndim == 3:  # the same for all columns
            return of_frames[:, :, None]
        return of_frames[:, :, self._centers]

    def _back(self, of_features: np.ndarray, voltage: np.ndarray) -> np.ndarray:
        """Return derivatives by voltages, given those by features."""
        shape = (len(voltage), len(self._read_frames), len(self._pool), -1)
        of_outputs = of_features.reshape(shape)[..., 1 : 1 + len(self._first)].swapaxes(-1, -2)
        of_columns = of_outputs @ self._pool
        neurons = self._first[:, None] + self._columns
        found = np.zeros(voltage.shape)
        read = self._read_frames[:, None, None]
        found[:, read, neurons] = of_columns * (voltage[:, read, neurons] > 0)
        return found

    def close(self) -> None:
        """Free the network."""
        self._program.close()
        for _, term in self._terms:
            term.close()


def _each(candidates: Candidates) -> Iterator[Candidates]:
    """Return each candidate alone."""
    grey = candidates.grey_voltage
    for k in range(len(candidates.parameters)):
        own = slice(k, k + 1)
        yield Candidates(
            candidates.z[own],
            candidates.parameters[own],
            None if grey is None else grey[own],
            candidates.prior_weight,
        )


def _require_rectified(model: Model) -> None:
    """Raise if a dynamics passes on something else than the published model."""
    outputs = [code_of("output", each.equations) for each in (model.dynamics, GRADED)]
    if outputs[0] != outputs[1]:
        raise InvalidValueError(
            f"the dynamics {model.dynamics.name!r} passes on another output than the rectified"
            " voltage, by which the loss of the flow task is not differentiated; take a search that"
            " needs no gradient, such as 'cma'."
        )


def _differentiable(name: str) -> type[DifferentiableTerm]:
    term = TERMS[name]
    if not hasattr(term, "slopes"):
        raise InvalidValueError(
            f"the recipe has {name}, a term that has no derivative; set it to 0, or take a"
            " search that needs no gradient, such as 'cma'."
        )
    return term  # pyright: ignore[reportReturnType]  (as was looked at)
