"""Dynamics are kept in files as they are: equations, and all that is declared for them."""

import json

import numpy as np
import pytest
from brian2 import metre, ms, mV, second

import neuroflysim as nfs
from neuroflysim.dynamics import checked_dynamics
from neuroflysim.names import dynamics_names

TYPES = nfs.load_connectome().cell_types.index

#: Everything that a dynamics may declare, at once.
ALL = nfs.Dynamics(
    name="all of it",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + luminance + fast + 0.1*slowed + gain*arousal
                   - strength*slow/(10*mV) + injected_current + field/density)/time_constant
                  + 0.01*sqrt(2/time_constant)*xi_own : 1
    dslow/dt = (voltage*10*mV - slow)/memory + 0.1*mV/sqrt(memory)*xi : volt
    output = voltage*int(voltage > 0) : 1
    charge = slow/metre**2 : volt/metre**2
    """,
    constants={
        "density": 30 * mV / metre**2,
        "gain": dict.fromkeys(TYPES, 0.5) | {"Mi1": 0.1 + 0.2},
    },
    reference="nobody's: Ångström et al. (“1999”)",
    inputs={
        "fast": nfs.SynapticSum(where={"source_type": ["L1", "L2", "Mi1"]}),
        "slowed": nfs.SynapticSum(sign=-1),
        "field": nfs.SynapticSum(of="charge", where={"target_type": "Tm3", "sign": 1}),
    },
    parameters={
        "strength": nfs.TypeParameter(1, 0.1, -1, 1, by_type={"Mi1": 0.3, "not there": 0.4}),
        "memory": nfs.TypeParameter(ms, 300 * ms, 0.07 * second, 3 * second, "log"),
    },
    initial={"slow": "voltage*strength*mV"},
    modulators={"arousal": 0.25},
)
NUMBER = nfs.Dynamics(
    name="number",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + luminance) / time_constant : 1
    dslow/dt = -slow/time_constant : volt
    output = slow/volt : 1
    """,
    inputs={},
    initial={"slow": 0.1 * mV},
)
WRITTEN = {name: checked_dynamics(name) for name in dynamics_names()}
WRITTEN |= {"all": ALL, "number": NUMBER}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_dynamics_is_read_as_it_was_written(name, tmp_path):
    written = WRITTEN[name]
    written.save(tmp_path / "one.json")
    found = nfs.load_dynamics(tmp_path / "one.json")
    assert found == written
    assert found.noises == written.noises
    for own, other in zip(found.parameters.values(), written.parameters.values(), strict=True):
        assert own.by_type == other.by_type  # which two that are equal need not share
    for each in ("constants", "inputs", "parameters", "initial", "modulators"):
        assert list(getattr(found, each)) == list(getattr(written, each))


def test_what_stands_in_the_file_is_in_si_units(tmp_path):
    ALL.save(tmp_path / "all.json")
    said = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert said["format"] == "neuroflysim dynamics 1"
    assert said["equations"] == ALL.equations and said["reference"] == ALL.reference
    assert said["constants"]["density"]["value"] == 0.03
    # A volt is kg m2 s-3 A-1.
    assert said["constants"]["density"]["unit"] == {"kg": 1, "s": -3, "A": -1}
    assert said["constants"]["gain"]["values"]["Mi1"] == 0.1 + 0.2
    assert said["parameters"]["memory"] == {
        "unit": "s", "default": 0.3, "lowest": 0.07, "highest": 3, "scale": "log", "by_type": {},
    }  # fmt: skip
    assert said["inputs"]["field"] == {
        "sign": None, "where": {"target_type": ["Tm3"], "sign": ["1"]}, "of": "charge",
    }  # fmt: skip


@pytest.mark.compile
@pytest.mark.parametrize("name", ["all", "conductance"])
def test_cells_follow_a_file_as_they_follow_what_was_written(name, connectome, tmp_path):
    dynamics, path = WRITTEN[name], tmp_path / "mine.json"
    dynamics.save(path)
    shown = np.random.default_rng(0).uniform(size=(2, 8, 7))
    flies = [None, nfs.Activate("Mi1", 0.5)]
    written, read, named = (
        nfs.simulate(
            shown, connectome=connectome, extent=1, dynamics=each, perturbations=flies, seed=3,
            parameters=nfs.Parameters.uniform(connectome, dynamics=each), progress=False,
        ).voltage
        for each in (dynamics, nfs.load_dynamics(path), str(path))
    )  # fmt: skip
    assert float(written.std()) > 0.01
    np.testing.assert_array_equal(read, written)
    np.testing.assert_array_equal(named, written)


def test_the_shell_takes_a_file_in_place_of_a_name(run_command, monkeypatch, tmp_path):
    asked, path = [], str(tmp_path / "mine.json")
    ALL.save(path)

    def seen(_, parameters, dynamics, **__):
        asked.append((checked_dynamics(dynamics), [each.declaration for each in parameters]))
        raise nfs.InvalidValueError("nothing is run here")

    monkeypatch.setattr("neuroflysim.simulation.simulate", seen)
    run_command("simulate", "flash", "-o", str(tmp_path / "a.nc"), "--dynamics", path)
    assert asked == [(ALL, [ALL.declaration])]
    code, _, errors = run_command("simulate", "flash", "-o", "a.nc", "--dynamics", "./no.json")
    assert code == 2 and "no.json" in errors


def edited(said, place, value):
    """Return a copy of what a file says with another value in a place of it."""
    copy = json.loads(json.dumps(said))
    *above, last = place
    block = copy
    for name in above:
        block = block[name]
    if value is None:
        del block[last]
    else:
        block[last] = value
    return copy


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (["format"], "neuroflysim protocol 1", "its format is 'neuroflysim protocol 1'"),
        (["format"], "neuroflysim dynamics 2", "its format is 'neuroflysim dynamics 2'"),
        (["format"], None, "lacks the key 'format'"),
        (["equations"], None, "lacks the key 'equations'"),
        (["equations"], 3, "equations is 3, but must be text"),
        (["equations"], "output = voltage : 1", "do not use the parameter 'strength'"),
        (["equations"], "dvoltage/dt = (", "the equations do not parse"),
        (["threshold"], "voltage > 1", "a key is 'threshold'"),
        (["name"], "a, b", "without commas"),
        (["modulators"], [], "modulators is .*, but must be a block of keys"),
        (["modulators", "arousal"], "high", 'modulators of arousal is "high", but must be a numb'),
        (["initial", "slow"], "luminance", "initial of 'slow' uses 'luminance'"),
        (["initial", "slow"], 3, "initial, slow is 3, but must be a block of keys"),
        (["initial", "quick"], "voltage", "initial has 'quick'"),
        (["constants", "density"], 0.03, "constants, density is 0.03, but must be a block"),
        (["constants", "density", "unit"], {"inch": 1}, "constants, density: a base unit is 'inc"),
        (["constants", "density", "unit"], {"m": "two"}, "density: the power of m is"),
        (["constants", "density", "unit"], {}, "unit"),
        (["constants", "density", "value"], None, "constants, density: lacks the key 'value'"),
        (["constants", "density", "error"], 1, "constants, density: a key is 'error'"),
        (["constants", "gain", "values", "Mi1"], "x", "constants, gain: values of Mi1 is"),
        (["constants", "gain", "values"], {}, "'gain' is an empty table"),
        (["inputs", "fast"], "all", "inputs, fast is"),
        (["inputs", "fast", "sign"], 2, "inputs, fast: sign of a SynapticSum is 2"),
        (["inputs", "fast", "sign"], True, "inputs, fast: sign is true"),
        (["inputs", "fast", "sign"], None, "inputs, fast: lacks the key 'sign'"),
        (["inputs", "fast", "where", "source_type"], "L1", "inputs, fast: where, source_type is"),
        (["inputs", "fast", "of"], 3, "inputs, fast: of"),
        (["inputs", "fast", "delay"], 3, "inputs, fast: a key is 'delay'"),
        (["parameters", "memory", "unit"], "ms", "parameters, memory: unit is 'ms'"),
        (["parameters", "memory", "lowest"], 0, "parameters, memory: lowest"),
        (["parameters", "memory", "lowest"], None, "parameters, memory: lacks the key 'lowest'"),
        (["parameters", "memory", "by_type"], {"Mi1": "x"}, "memory: by_type of Mi1 is"),
        (["parameters", "memory", "by_type"], {"Mi1": 9}, "parameters, memory: default"),
        (["parameters", "memory", "step"], 1, "parameters, memory: a key is 'step'"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_file_and_key(tmp_path, place, value, told):
    path = tmp_path / "mine.json"
    ALL.save(path)
    path.write_text(json.dumps(edited(json.loads(path.read_text()), place, value)))
    with pytest.raises(nfs.InvalidValueError, match=told) as caught:
        nfs.load_dynamics(path)
    assert "mine.json" in str(caught.value)


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(nfs.InvalidValueError, match=r"suffix.*'\.json'"):
        nfs.GRADED.save(tmp_path / "mine.yaml")
    (tmp_path / "text.json").write_text("dvoltage/dt = 1")
    with pytest.raises(nfs.InvalidValueError, match=r"text\.json, line 1: is not JSON"):
        nfs.load_dynamics(tmp_path / "text.json")
    with pytest.raises(nfs.InvalidValueError, match=r"none\.json"):
        nfs.load_dynamics(tmp_path / "none.json")


@pytest.mark.parametrize("unit", ["().__class__", "__import__('os')", "[1][0]"])
def test_a_unit_in_a_file_is_a_unit_and_no_program(tmp_path, unit):
    path = tmp_path / "mine.json"
    NUMBER.save(path)
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "equations": f"{said['equations']}\nmore = 1 : {unit}"}))
    with pytest.raises(nfs.InvalidValueError, match=r"mine\.json"):
        nfs.load_dynamics(path)
