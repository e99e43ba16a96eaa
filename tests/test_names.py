"""No name that a user may choose meets one of ours: it works as any other name, or is refused."""

import re
from importlib import resources
from keyword import iskeyword
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms
from brian2.units.fundamentalunits import DIMENSIONLESS

import neuroflysim as nfs
from neuroflysim.dynamics import cell_constants, cell_equations, cell_states
from neuroflysim.dynamics.inside import SUFFIX
from neuroflysim.simulation import lattice_engine
from neuroflysim.stimulus.equations import OWN, LuminanceEquations

#: Names that met one of ours, of Brian2's groups or of a generated language, when names were not
#: kept apart. All are in one program, so that it is compiled once.
ORDINARY = [
    "weight", "time_constant", "resting_potential", "synaptic_input", "output", "len", "size",
    "range", "NULL", "cdef", "int32_t", "std", "lane", "bound", "runaway_time", "transmission",
    "name", "start", "values", "self", "shape", "logical_not", "main", "data", "M_PI", "np",
]  # fmt: skip
OF_CELLS = [
    "weight", "bound", "runaway_time", "transmission", "clamp_voltage", "len", "size", "range",
    "NULL", "cdef", "int32_t", "std", "lane", "x", "x_of_cell", "refractory", "lastupdate",
    "x_pre", "current", "luminance_post", "numpy", "data", "self",
]  # fmt: skip


def words_of(*patterns: str) -> set[str]:
    """All identifiers of some files of the lattice engine."""
    folder = Path(str(resources.files(lattice_engine)))
    texts = [p.read_text() for pattern in patterns for p in folder.glob(pattern) if p.is_file()]
    found = {word for text in texts for word in re.findall(r"\b[A-Za-z_]\w*\b", text)}
    return {word for word in found if not iskeyword(word)}


#: Of the generated code, and of what builds the Brian2 objects.
CODE = words_of("templates/lattice_step.h", "templates/lattice_step.pyx")
WORDS = words_of("*.h", "templates/*.*", "*.py", "../*.py")


def voltages(connectome, start, names, **options):
    used = " + ".join(f"{name}" for name in names)
    shown = nfs.Protocol(
        name="dots",
        equations=f"luminance = clip(0.5 + 0.005*({used})*sin(x), 0, 1) : 1",
        parameters={names[0]: [0.5, 0.7], **{name: 0.9 for name in names[1:]}},
        pre_time=0 * ms, stim_time=100 * ms, tail_time=0 * ms,
    )  # fmt: skip
    return nfs.simulate(
        shown, connectome=connectome, parameters=start, extent=1, time_step=20 * ms,
        initial="rest", progress=False, **options,
    ).voltage.to_numpy()  # fmt: skip


@pytest.mark.compile
def test_names_of_protocol_parameters_do_not_matter(connectome, start):
    others = voltages(connectome, start, [f"other{k}" for k in range(len(ORDINARY))])
    assert np.ptp(others[0, 0], axis=0).max() > 1e-3
    for engine in ("lattice", "synapses"):
        # A sum may be written in another order, by the letters of the names.
        names = voltages(connectome, start, ORDINARY, engine=engine)
        assert names == pytest.approx(others, abs=1e-9)


@pytest.mark.compile
def test_names_of_constants_and_states_do_not_matter(connectome, start):
    frames = np.random.default_rng(0).uniform(size=(5, 7))

    def shown(names, engine="lattice"):
        state, middle, *constants = names
        dynamics = nfs.Dynamics(
            name="renamed",
            equations=f"""
            dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance - {middle})
                          / time_constant : 1
            d{state}/dt = (voltage - {state}) / time_constant : 1
            {middle} = {state}*({" + ".join(constants)})/100 : 1
            output = clip(voltage, 0, 10 + {constants[0]}) : 1
            """,
            constants=dict.fromkeys(constants, 0.3),
        )
        return nfs.simulate(
            frames, connectome=connectome, parameters=start, extent=1, time_step=20 * ms,
            dynamics=dynamics, engine=engine, initial="rest", progress=False,
            perturbations=nfs.Silence("Mi9"),
        ).voltage.to_numpy()  # fmt: skip

    others = shown([f"other{k}" for k in range(len(OF_CELLS))])
    for engine in ("lattice", "synapses"):
        assert shown(OF_CELLS, engine) == pytest.approx(others, abs=1e-9)


@pytest.mark.slow
def test_every_word_of_the_generated_code_is_kept_apart_or_refused_as_a_parameter():
    eye = {"x": np.linspace(-1, 1, 7), "y": np.zeros(7), "t": np.zeros((1, 1)), "background": 0.5}
    wanted = np.clip(0.5 + 0.3 * eye["x"], 0, 1)[None]
    n_working = 0
    for word in sorted(WORDS):
        text = f"luminance = clip(0.5 + {word}*x, 0, 1) : 1"
        try:
            equations = LuminanceEquations(text, {word: DIMENSIONLESS})
        except nfs.InvalidValueError as error:
            assert word in str(error)
            continue
        n_working += 1
        assert set(re.findall(r"\b[A-Za-z_]\w*\b", equations.abstract_code({}))) == {
            "luminance", "clip", OWN + word, "x",
        }  # fmt: skip
        assert np.array_equal(equations.evaluate(**eye, **{word: 0.3}) + 0 * wanted, wanted)
    assert n_working > 0.9 * len([word for word in WORDS if not word.startswith("_")])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["constant", "state"])
def test_every_word_of_the_generated_code_is_kept_apart_or_refused_in_a_cell(kind):
    cell = "dvoltage/dt = -voltage/time_constant : 1\noutput = voltage*{} : 1\n"
    for word in sorted(CODE - {"output", "voltage"}):  # these are the equations' own
        state = f"d{word}/dt = -{word}/time_constant : 1\n" if kind == "state" else ""
        constants = {} if state else {word: 2.0}
        try:
            dynamics = nfs.Dynamics("tried", cell.format(word) + state, constants)
        except nfs.InvalidValueError as error:
            assert word in str(error)
            continue
        inside = cell_equations(dynamics)
        assert inside["output"].identifiers == {"voltage", word + SUFFIX}
        assert word + SUFFIX in (cell_states(dynamics) if state else cell_constants(dynamics))


def test_no_word_of_ours_is_like_those_that_stand_for_names_of_users():
    alike = {word for word in WORDS if word.startswith(OWN) or word.endswith(SUFFIX)}
    assert alike <= {OWN, SUFFIX}
    # Names that Brian2 or Python keep for themselves are refused where they are chosen.
    for word in ("t", "dt", "i", "N", "exp", "pi", "ms", "lambda", "for", "double", "_x"):
        with pytest.raises(nfs.InvalidValueError, match=word):
            nfs.Protocol("tried", f"luminance = 0.1*{word} : 1", {word: 1}, stim_time=1 * ms)
        with pytest.raises(nfs.InvalidValueError, match=word):
            nfs.Dynamics(
                "tried", "dvoltage/dt = -voltage/time_constant : 1\noutput = voltage : 1", {word: 1}
            )
