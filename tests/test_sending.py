"""What users hold can be copied and sent to other processes, and comes out the same."""

import copy
import pickle
from functools import cache

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim import errors

WAYS = {
    "pickle": lambda what: pickle.loads(pickle.dumps(what)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}
#: The canvas of flyvis takes its time for each angle.
SMALLER = {"flyvis_moving_edge": {"angle": [30]}}
STUDY = nfs.load_study("hardie1989")

OBJECTS = {
    "connectome": nfs.load_connectome(),
    "parameters": nfs.Parameters.uniform(nfs.load_connectome()),
    "ensemble": nfs.load_ensemble("flow")[:2],
    "dynamics": nfs.GRADED,
    "eye": nfs.Eye(2),
    "lattice": nfs.Lattice(extent=2),
    "recipe": nfs.RECIPES["flow"],
    "perturbation": nfs.Silence("Mi1"),
    "study": STUDY,
    "readout": nfs.flow.Readout(),
}


def pair(eye, times, background, period):
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * times / period)
    return np.repeat(wave[:, None], len(eye.x), axis=1)


@cache
def of_library(name):
    """Return a protocol, and what its first condition shows."""
    protocol = nfs.protocols.LIBRARY[name](**SMALLER.get(name, {}))
    return protocol, shown(protocol)


def shown(protocol):
    return protocol.luminance(1, 20 * ms).isel(condition=[0])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", nfs.protocols.LIBRARY)
def test_a_protocol_of_the_library_is_sent_and_copied(name, way):
    protocol, luminance = of_library(name)
    other = WAYS[way](protocol)
    assert other is not protocol
    assert other.conditions.equals(protocol.conditions) and other.reference == protocol.reference
    assert other.stim_time == protocol.stim_time and other.equations == protocol.equations
    assert shown(other).equals(luminance)


@pytest.mark.parametrize("way", WAYS)
def test_a_protocol_that_a_function_draws_is_sent_and_copied(way):
    protocol = nfs.Protocol(
        "pair", frames=pair, parameters={"period": [100, 200] * ms}, stim_time=100 * ms
    )
    assert WAYS[way](protocol).luminance(1, 20 * ms).equals(protocol.luminance(1, 20 * ms))


def test_a_function_without_a_name_is_copied_but_not_sent():
    protocol = nfs.Protocol(
        "lit", frames=lambda eye, times, _: np.ones((len(times), len(eye.x))), stim_time=100 * ms
    )
    for way in ("deepcopy", "copy"):
        assert WAYS[way](protocol).frames is protocol.frames
    with pytest.raises(nfs.InvalidTypeError, match=r"lit .*lambda.*top of a file"):
        pickle.dumps(protocol)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OBJECTS)
def test_other_objects_are_sent_and_copied(name, way):
    assert type(WAYS[way](OBJECTS[name])) is type(OBJECTS[name])


@pytest.mark.parametrize(
    "error",
    [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, nfs.NeuroFlySimError)
    ],
)
def test_errors_come_back_from_other_processes(error):
    given = {
        "ConnectomeError": (["a"],),
        "StudyError": ("key", ["a"]),
        "_ListedProblems": ("it", ["a"]),
    }
    raised = error(*given.get(error.__name__, ("why",)))
    back = pickle.loads(pickle.dumps(raised))
    assert type(back) is error and str(back) == str(raised)
