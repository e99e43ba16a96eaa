"""Score a generation of `flow_short` whenever a line comes in; print CPU seconds and a checksum.

`fit_against.py` runs it with the package of one checkout and of another.
"""

import hashlib
import sys
import time

import numpy as np

import neuroflysim as nfs
from neuroflysim.fit.evaluation import Evaluator
from neuroflysim.fit.problem import problem_of
from neuroflysim.fit.recipe import RECIPES


def main() -> None:
    """Answer until the input ends."""
    recipe = RECIPES["flow_short"]
    stage = recipe.stages[0]
    problem = problem_of(recipe, nfs.load_connectome())
    evaluator = Evaluator(problem, None, threads=1)
    rng = np.random.default_rng(0)
    z = stage.step_size * rng.standard_normal((stage.population, problem.coordinates.n))
    for line in sys.stdin:
        shown = problem.objective.shown(stage, seed=[0, 0, 0, int(line)])
        begin = time.process_time()
        scores = evaluator.scores(z, shown)
        taken = time.process_time() - begin
        losses = hashlib.sha256(scores.loss.tobytes()).hexdigest()
        print(taken / len(z), losses, flush=True)


if __name__ == "__main__":
    main()
