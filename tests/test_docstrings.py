"""The examples in docstrings run, and what is public has a docstring with what numpydoc asks."""

import doctest
import inspect
import linecache
from pkgutil import walk_packages

import pytest

import neuroflysim as nfs

pytestmark = [
    pytest.mark.usefixtures("judged_on_few_worlds", "seeds_fitted_here"),
    pytest.mark.docs,
]

MODULES = ["neuroflysim", *(one.name for one in walk_packages(nfs.__path__, "neuroflysim."))]
#: Whose examples fit, and whose build a network, below neuroflysim.
FITTING = {"fit", "fit.run", "fit.several"}
SIMULATING = {
    *("experiments.comparison", "experiments.replaying", "fit.stability", "flow.scoring"),
    *("gradients.differentiating", "gradients.discriminating_stimuli", "gradients.information"),
    *("gradients.optimal_stimuli", "gradients.sensitivities"),
    *("plotting.activity", "plotting.animation", "plotting.board", "plotting.receptive_field"),
    *("plotting.sensitivity", "plotting.stimuli"),
    *("plotting.traces", "responses.responses", "scoreboard.making", "screening"),
    *("simulation.plain_brian2", "simulation.program", "simulation.simulating"),
    *("simulation.stepping", "validation.measures", "validation.predicting"),
}
#: Whose examples start other processes, or take seconds.
SLOW = {"scoreboard.box", "workers.local", "workers.opening"}
FUNCTIONS = [
    (f"{namespace.__name__}.{name}", getattr(namespace, name))
    for namespace in (nfs, nfs.analysis, nfs.flow, nfs.plotting, nfs.protocols, nfs.recordings)
    for name in namespace.__all__
    if inspect.isfunction(getattr(namespace, name))
]


def marked(name):
    """Return the name of a module with the mark that its examples need."""
    below = name.removeprefix("neuroflysim.")
    kinds = (("fit", FITTING), ("compile", SIMULATING), ("slow", SLOW))
    marks = [getattr(pytest.mark, mark) for mark, modules in kinds if below in modules]
    return pytest.param(name, marks=marks)


# Brian2 replaces the class by which pytest collects doctests with one that fails on packages.
@pytest.mark.parametrize("name", map(marked, MODULES))
def test_examples_in_docstrings_give_what_they_show(name, imported):
    linecache.clearcache()  # else doctest looks whether each file changed that anybody ever read
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testmod(imported(name), optionflags=flags)
    assert result.failed == 0


@pytest.mark.parametrize(("name", "function"), FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
def test_public_functions_tell_their_parameters_results_and_an_example(name, function):
    text = inspect.getdoc(function) or ""
    parameters = inspect.signature(function).parameters
    for parameter in parameters:
        assert parameter in text
    assert "Parameters\n---" in text or not parameters
    assert "Examples\n---" in text, f"{name} has no example"


def test_modules_whose_examples_take_their_time_exist():
    assert {f"neuroflysim.{name}" for name in FITTING | SIMULATING} <= set(MODULES)


def test_everything_in_all_exists_and_is_documented():
    for name in nfs.__all__:
        assert getattr(nfs, name, None) is not None
        assert name == "__version__" or inspect.getdoc(getattr(nfs, name))
