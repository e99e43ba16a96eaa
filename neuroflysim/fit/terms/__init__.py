"""What a loss counts beside the error of the task: one term a file.

A new term is a file here, a line in `TERMS`, and a weight in `Recipe` that is 0 for the recipes
that are there.
"""

from neuroflysim.fit.terms.activity import Activity
from neuroflysim.fit.terms.contract import DifferentiableTerm, Seen, Term, TermSlopes
from neuroflysim.fit.terms.prior import Prior
from neuroflysim.fit.terms.sparseness import Sparseness
from neuroflysim.fit.terms.unrest import Unrest

#: By the name of their weight in a recipe. Losses are summed up in this order, to the bit.
TERMS: dict[str, type[Term]] = {
    "activity_weight": Activity,
    "prior_weight": Prior,
    "sparseness_weight": Sparseness,
    "unrest_weight": Unrest,
}

__all__ = ["TERMS", "DifferentiableTerm", "Seen", "Term", "TermSlopes"]
