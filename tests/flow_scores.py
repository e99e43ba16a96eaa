"""Candidates of a recipe scored by their numbers, without a search around."""

from neuroflysim.fit.objectives.drawn_clips import as_arguments
from neuroflysim.fit.objectives.flow_task import FlowScorer
from neuroflysim.fit.problem import problem_of


class FlowScores:
    """The objective of a recipe, compiled for so many candidates at once."""

    def __init__(self, recipe, connectome, n_candidates):
        self._problem = problem_of(recipe, connectome)
        self._scorer = FlowScorer(recipe, self._problem.model, n_candidates, threads=1)
        self.coordinates = self._problem.coordinates
        self.close = self._scorer.close

    def scores(self, z, worlds):
        return self._scorer.scores(self._problem.candidates(z), as_arguments(worlds))
