"""How the work of asking models about studies is cut into pieces, the same for any workers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import xarray as xr
from attrs import define, field, frozen

from neuroflysim.analysis.measures import MEASURES
from neuroflysim.analysis.samples import counted
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.flies import flies_together
from neuroflysim.experiments.study import Experiment, Measure, Study, argument_values
from neuroflysim.experiments.tangential import with_cells_asked_for
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import Fly
from neuroflysim.simulation import Program, compile
from neuroflysim.simulation.last_program import KeptPrograms, LastProgram

#: Candidates, flies and conditions that are computed together: so many that the vectors of a
#: processor are full, and few enough that there are pieces for many workers.
LANES = 160


@frozen
class Piece:
    """Some candidates, and the experiments that show them the same."""

    group: int  #: of `Question.shown_alike`
    first: int  #: candidate, and the one after the last
    end: int


@define(eq=False, slots=False)
class Question:
    """What some models are asked: all that the pieces of the work have in common.

    Parameters
    ----------
    studies : list of Study
    candidates : list of Parameters
    lattice : Lattice
    runaway : {"raise", "nan"}
    watched : bool
        Whether voltages are wanted, too.
    asks_settled : bool
        Whether it is to be told of networks that do not settle.
    dynamics : Dynamics
        For which the candidates are.
    keeps_all : bool
        Keep all that is shown and all networks, for other candidates that will be asked the same;
        else the last ones, for pieces of the work that follow each other.
    """

    studies: list[Study]
    candidates: list[Parameters]
    lattice: Lattice
    runaway: str = "raise"
    watched: bool = False
    asks_settled: bool = True
    dynamics: Dynamics = GRADED
    keeps_all: bool = False
    #: Luminance by group, and how many of its frames are wanted.
    _drawn: dict[int, xr.DataArray] = field(factory=dict, init=False)
    _wanted: dict[int, np.ndarray | None] = field(factory=dict, init=False)
    _shown_by: LastProgram | KeptPrograms = field(init=False)

    def __attrs_post_init__(self):
        self._shown_by = KeptPrograms() if self.keeps_all else LastProgram()

    def __reduce__(self):
        """Send no luminance, which may be large, and no program: they are made anew."""
        told = (self.runaway, self.watched, self.asks_settled, self.dynamics, self.keeps_all)
        return Question, (self.studies, self.candidates, self.lattice, *told)

    @cached_property
    def shown_alike(self) -> list[list[tuple[Study, Experiment]]]:
        """Experiments that a measure asks for; those that show the same stand together."""
        alike = defaultdict(list)
        for study in self.studies:
            asked = {measure.experiment for measure in study.measures.values()}
            for name in sorted(asked):
                alike[study.experiments[name].shown].append((study, study.experiments[name]))
        return list(alike.values())

    def luminance(self, group: int) -> xr.DataArray:
        """Return what a group shows; drawn once for pieces that follow each other."""
        if group not in self._drawn:
            if not self.keeps_all:
                self._drawn.clear()
            _, experiment = self.shown_alike[group][0]
            protocol, step = experiment.build(), experiment.time_step
            self._drawn[group] = protocol.luminance(self.lattice, step, dtype="float32")
        return self._drawn[group]

    def program(self, piece: Piece, luminance: xr.DataArray) -> Program:
        """Return the network that shows a piece; built once for pieces that follow each other."""
        n_candidates = piece.end - piece.first
        _, experiment = self.shown_alike[piece.group][0]
        flies = self.flies(piece.group)
        return self._shown_by.get(
            (piece.group, n_candidates),
            lambda: compile(
                luminance,
                connectome=self.candidates_of(piece)[0].connectome,
                n_candidates=n_candidates,
                perturbations=flies if len(flies) > 1 else None,
                lattice=self.lattice,
                time_step=experiment.time_step,
                dtype="float32",
                dynamics=self.dynamics,
            ),
        )

    def candidates_of(self, piece: Piece) -> list[Parameters]:
        """Return the models of a piece; with tangential cells, if a study asks for these.

        Parameters
        ----------
        piece : Piece
        """
        candidates = self.candidates[piece.first : piece.end]
        studies = [study for study, _ in self.shown_alike[piece.group]]
        return with_cells_asked_for(studies, candidates)

    def frames_wanted(self, group: int) -> np.ndarray | None:
        """Return how many frames the measures look at, shape (condition,); None for all.

        Parameters
        ----------
        group : int
        """
        if group not in self._wanted:
            self._wanted[group] = self._frames_wanted(group)
        return self._wanted[group]

    def close(self) -> None:
        """Free the networks."""
        self._shown_by.close()

    def _frames_wanted(self, group: int) -> np.ndarray | None:
        if self.watched:
            return None
        _, experiment = self.shown_alike[group][0]
        shown = self.luminance(group)
        # A response to a frame is sampled at its end.
        times = shown["time"] + float(experiment.time_step)
        sampled = shown.isel(column=0, drop=True).assign_coords(time=times)
        wanted = np.ones(sampled.sizes["condition"], dtype=int)
        for study, experiment in self.shown_alike[group]:
            for measure in study.measures.values():
                if measure.experiment == experiment.name:
                    end = argument_values(measure.arguments).get("end")
                    last = MEASURES[measure.function].looks_until(end)
                    try:
                        inside = counted(sampled, last).broadcast_like(sampled)
                    except NeuroFlySimError:  # it is told where the measure is taken
                        return None
                    inside = inside.transpose("condition", "time").to_numpy()
                    wanted = np.maximum(wanted, inside.shape[1] - inside[:, ::-1].argmax(axis=1))
        return wanted

    def flies(self, group: int) -> list[Fly]:
        """Return the flies that a group is shown to, the first one intact."""
        return flies_together([used.flies for _, used in self.shown_alike[group]])

    @property
    def pieces(self) -> list[Piece]:
        """All the work; those experiments come first that take longest."""
        sizes = [_size(users) for users in self.shown_alike]
        order = sorted(range(len(sizes)), key=lambda group: -sizes[group][0])
        pieces = []
        for group in order:
            _, lanes = sizes[group]
            at_once = max(1, round(LANES / lanes))
            starts = range(0, len(self.candidates), at_once)
            ends = [min(first + at_once, len(self.candidates)) for first in starts]
            pieces += [Piece(group, first, end) for first, end in zip(starts, ends, strict=True)]
        return pieces


def _size(users: Sequence[tuple[Study, Experiment]]) -> tuple[int, int]:
    """Return how many steps an experiment takes in all lanes of a candidate, and how many lanes."""
    _, experiment = users[0]
    try:
        protocol = experiment.build()
    except NeuroFlySimError:  # it is told where it is shown
        return 0, LANES
    lanes = protocol.n_conditions * len(flies_together([used.flies for _, used in users]))
    return lanes * len(protocol.times(experiment.time_step)), lanes


def asked_alike(
    users: list[tuple[Study, Experiment]],
) -> list[tuple[list[Fly], list[tuple[Study, Measure]]]]:
    """Return the measures of an experiment; those that ask the same flies the same together.

    Parameters
    ----------
    users : list of (Study, Experiment)
        That show the same.
    """
    alike: dict[tuple, tuple[list[Fly], list[tuple[Study, Measure]]]] = {}
    for study, used in users:
        flies = used.flies
        named = tuple((fly.label, fly.done) for fly in flies)
        for measure in study.measures.values():
            if measure.experiment == used.name:
                _, asking = alike.setdefault((named, measure.asked), (flies, []))
                asking.append((study, measure))
    return list(alike.values())
