"""What cannot be fitted is told before there is a folder; what fails later leaves one to go on."""

import numpy as np
import pytest
from brian2 import Hz, ms

import neuroflysim as nfs
from neuroflysim.errors import InvalidTypeError, InvalidValueError

FLASH = nfs.protocols.flash(
    intensity=[0, 1], pre_time=40 * ms, stim_time=100 * ms, tail_time=60 * ms
)
LATTICE = nfs.Lattice(size=(3, 2))


def spread(responses):
    return float(responses["Mi1"].std())


def of_responses(function=spread, **options):
    options = {"lattice": LATTICE, "time_step": 20 * ms, **options}
    return nfs.ResponsesObjective(function, FLASH, **options)


def recorded(cell_type="Mi1", **options):
    return nfs.Recording.from_array(
        np.random.default_rng(0).standard_normal((2, 10)),
        rate=50 * Hz, unit="mV", cell_type=cell_type, **options,
    )  # fmt: skip


def of_recording(cell_type="Mi1", **options):
    recording = recorded(cell_type, onsets=40 * ms, conditions={"intensity": [0, 1]})
    return nfs.RecordingObjective(recording, FLASH, lattice=LATTICE, time_step=20 * ms, **options)


#: What is asked for, with which options, and a part of what is told. By call, so that what is
#: refused when it is made counts, too.
CASES = {
    "a recording alone": (recorded, {}, r"nfs.RecordingObjective\(recording, stimulus"),
    "a recording and a stimulus": (
        recorded, {"stimulus": FLASH}, r"nfs.RecordingObjective\(recording, stimulus"),
    "a recipe and a stimulus": (lambda: "flow", {"stimulus": FLASH}, "leave stimulus out"),
    "a function alone": (lambda: spread, {}, r"nfs.fit\(function, stimulus=...\)"),
    "several": (lambda: [of_responses(), of_responses()], {}, "nfs.WeightedSum"),
    "a class": (lambda: nfs.FlowTask, {}, r"FlowTask\(...\)"),
    "a protocol": (lambda: FLASH, {}, "lacks score_name.* nfs.FlowTask"),
    "a recipe that is not there": (lambda: "flow_shorter", {}, "Did you mean 'flow_short'"),
    "a recording without onsets": (
        lambda: nfs.RecordingObjective(recorded(), FLASH), {}, "align"),
    "a recorded cell type that the connectome has not": (
        lambda: of_recording("Mi4"), {}, "the cell_type of the recording is 'Mi4'"),
    "a cell type to record that is not there": (
        lambda: of_responses(record=["Mi99"]), {}, "a cell type in record is 'Mi99'"),
    "no cell type to record": (lambda: of_responses(record=[]), {}, "empty list; name at least"),
    "something else to record": (lambda: of_responses(record=3), {}, "record is 3, but must be"),
    "a sum with what cannot be asked": (
        lambda: nfs.WeightedSum({of_responses(): 1, of_responses(record="Mi99"): 1}), {},
        "record is 'Mi99'"),
    "studies of cell types that the connectome has not": (
        lambda: nfs.StudyObjective("maisak2013", cell_types=["T4b"]), {}, "maisak2013: T4b"),
    "cells with noise": (of_responses, {"dynamics": "noisy"}, "fit the same equations without it"),
    "a dynamics that is not there": (
        of_responses, {"dynamics": "adaptin"}, "Did you mean 'adapting'"),
    "a pattern that matches nothing": (
        of_responses, {"free": "time_constant:Mi99"}, "matches nothing: .*'Mi99'"),
    "nothing free": (of_responses, {"free": []}, "leave it out for all"),
    "free of another dynamics": (
        of_responses, {"free": "adaptation_strength:*"}, "A dynamics has what it declares"),
    "a bound on the other side of the start": (
        of_responses, {"free": nfs.Free("time_constant:Mi1", lowest=0.2)}, "lowest"),
    "a start that is not there": (of_responses, {"start": "flow/999"}, "has no model '999'"),
    "a start that is a number": (of_responses, {"start": 3}, "start must be Parameters"),
    "a start of another connectome": (
        of_responses, {"start": lambda: nfs.load_parameters("flow/000")}, "connectome"),
    "a search that is not there": (of_responses, {"search": "gradient"}, "one of 'cma', 'dd-cma'"),
    "an odd population of pairs": (
        of_responses, {"search": "open-es", "population": 5}, "even.* take 6"),
    "too few candidates": (of_responses, {"population": 3}, "population is 3.* at least 4"),
    "no evaluation": (of_responses, {"evaluations": 0}, "evaluations is 0.* at least 1"),
    "no step": (of_responses, {"step_size": 0}, "step_size is 0"),
    "no thread": (of_responses, {"threads": 0}, "threads is 0.* at least 1"),
    "a seed below 0": (of_responses, {"seed": -1}, "seed is -1.* at least 0"),
    "a connectome by name": (of_responses, {"connectome": "mine"}, "nfs.load_connectome"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_fitted_is_told_with_its_cure_before_there_is_a_folder(
    case, few_types, tmp_path
):
    make, options, told = CASES[case]
    options = {name: one() if callable(one) else one for name, one in options.items()}
    folder = tmp_path / "fit"
    with pytest.raises((InvalidTypeError, InvalidValueError), match=told):
        nfs.fit(make(), **{"folder": folder, "connectome": few_types, "processes": 1, **options})
    assert not folder.exists()


class Faulty:
    """Spread, but the call of a number raises, or tells that the candidate failed."""

    def __init__(self, number, error=None):
        self.number, self.error, self.calls = number, error, 0

    def __call__(self, responses):
        self.calls += 1
        if self.calls >= self.number > 0:
            if self.error is not None:
                raise self.error
            return np.nan
        return spread(responses)


@pytest.mark.fit
@pytest.mark.usefixtures("no_stability_check")
@pytest.mark.parametrize(
    ("faulty", "told"),
    [
        (Faulty(7, RuntimeError("a slip")), "raised RuntimeError: a slip, for candidate 2"),
        (Faulty(5), "all 4 candidates of generation 2 failed"),
    ],
    ids=["raises for one candidate", "fails for all"],
)
def test_a_fit_that_fails_on_its_way_goes_on_when_the_cause_is_mended(
    faulty, told, few_types, tmp_path, assert_same
):
    options = {
        "connectome": few_types, "free": "time_constant:*", "evaluations": 12, "population": 4,
        "processes": 1, "threads": 1, "progress": False,
    }  # fmt: skip
    with pytest.raises(InvalidValueError, match=told):
        nfs.fit(of_responses(faulty), 1, tmp_path / "fit", **options)
    assert [file.name for file in (tmp_path / "fit").iterdir()] == ["checkpoint"]
    mended = nfs.fit(of_responses(Faulty(0)), 1, tmp_path / "fit", resume=True, **options)
    assert_same(mended, nfs.fit(of_responses(Faulty(0)), 1, **options))
