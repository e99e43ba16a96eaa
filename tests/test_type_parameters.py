"""Parameters that a dynamics declares by cell type: values, files, errors, and what they do."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
from brian2 import hertz, ms, second, volt
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED, checked_dynamics, initial_states
from neuroflysim.names import dynamics_names

ADAPTING = checked_dynamics("adapting")

STEP = """
dvoltage/dt = (-voltage + resting_potential + {gain}*synaptic_input + luminance) / time_constant : 1
output = voltage*int(voltage > 0) : 1
"""


def gained(**options):
    """A dynamics in which a `gain` multiplies the synaptic input."""
    return nfs.Dynamics(name="gained", equations=STEP.format(gain="gain"), **options)


def own_gain(**options):
    declared = {"default": 1, "lowest": 0, "highest": 3, **options}
    return gained(parameters={"gain": nfs.TypeParameter(1, **declared)})


@pytest.fixture(scope="module")
def one_cell():
    """A connectome of one photoreceptor type that no cell talks to."""
    cell_types = pd.DataFrame(
        {"cell_type": ["P"], "stride_u": 1, "stride_v": 1, "photoreceptor": True, "output": True}
    )
    pair = {"source_type": ["P"], "target_type": ["P"]}
    connections = pd.DataFrame({**pair, "sign": 1, "sign_reference": ""})
    offsets = pd.DataFrame({**pair, "du": 9, "dv": 0, "synapse_count": 1.0, "filled": False})
    return nfs.Connectome(cell_types, connections, offsets)


@pytest.fixture(scope="module")
def adapting_start(start):
    rng = np.random.default_rng(7)
    types = start.connectome.cell_types.index
    return start.with_dynamics(
        "adapting",
        adaptation_strength=pd.Series(rng.uniform(0, 2, len(types)), types),
        adaptation_time=pd.Series(rng.uniform(0.05, 0.5, len(types)), types),
    )


def noise(n_conditions=2, n_steps=20, extent=2):
    shape = (n_conditions, n_steps, nfs.Lattice(extent=extent).n_columns)
    return np.random.default_rng(0).uniform(size=shape)


def shown(parameters, dynamics, frames=None, **options):
    options = {"extent": 2, "record": "all", "time_step": 20 * ms, "progress": False, **options}
    listed = parameters if isinstance(parameters, list) else [parameters]
    return nfs.simulate(
        noise() if frames is None else frames,
        connectome=listed[0].connectome, parameters=parameters, dynamics=dynamics, **options,
    ).voltage  # fmt: skip


def one_adapting_cell(one_cell, strength, frames, time_step):
    parameters = nfs.Parameters.from_tables(
        one_cell, time_constant=20 * ms, resting_potential=0.3, synapse_strength={("P", "P"): 0},
        dynamics="adapting", adaptation_strength=strength, adaptation_time=200 * ms,
    )  # fmt: skip
    options = {"extent": 0, "time_step": time_step, "initial": "rest"}
    return shown(parameters, "adapting", frames, **options)[0, 0, :, 0].to_numpy()


@pytest.mark.compile
def test_one_adapting_cell_steps_and_rests_as_the_linear_equations_say(one_cell):
    """Euler's method is of first order: extrapolated from two steps, its error is of the second."""
    strength, seconds, steps = 1.5, 2.0, (2, 1)
    coarse, fine = (
        one_adapting_cell(one_cell, strength, np.ones((int(1000 * seconds / step), 1)), step * ms)
        for step in steps
    )
    found = 2 * fine[1::2] - coarse
    matrix = np.array([[-1 / 0.02, -1 / 0.02], [strength / 0.2, -1 / 0.2]])
    drive = np.array([(0.3 + 1) / 0.02, 0.0])
    rest = -np.linalg.solve(matrix, drive)
    begin = np.array([0.3, strength * 0.3])
    times = 0.002 * np.arange(1, len(coarse) + 1)
    exact = [(rest + scipy.linalg.expm(matrix * t) @ (begin - rest))[0] for t in times]
    assert np.abs(found - exact).max() < 0.005
    assert max(exact) > 1.3 * rest[0]  # it overshoots
    assert found[-1] == pytest.approx((0.3 + 1) / (1 + strength), abs=1e-4)


@pytest.mark.compile
@pytest.mark.parametrize(
    ("name", "dtype", "bar"),
    [
        ("adapting", "float64", 1e-12),
        ("adapting", "float32", 1e-5),
        ("light_adapting", "float64", 1e-12),
    ],
)
def test_engines_agree_on_each_dynamics_of_the_library(adapting_start, name, dtype, bar):
    parameters = adapting_start.with_dynamics(name)
    own, plain = (
        shown([parameters, parameters.replace(time_constant={"Mi1": 0.1})], name, engine=engine,
              dtype=dtype)
        for engine in ("lattice", "synapses")
    )  # fmt: skip
    assert float(own.std()) > 0.01
    assert abs(own - plain).max() <= bar


@pytest.mark.compile
def test_values_reach_the_cells_of_their_type_alone(start):
    """A gain of Mi1 is felt by Mi1 after one step, and by no other cell before two."""
    dynamics = own_gain()
    parameters = start.with_dynamics(dynamics)
    changed = parameters.replace(gain={"Mi1": 2.0})
    voltage = shown([parameters, changed], dynamics, initial="rest")
    differs = (voltage[1] != voltage[0]).any(dim="condition")
    types = voltage["cell_type"].to_numpy()
    assert set(types[differs[0].to_numpy()]) == {"Mi1"}
    assert {"Mi1", "T4a"} < set(types[differs[1].to_numpy()])


@pytest.mark.compile
def test_strength_zero_is_the_published_model_to_rounding(start):
    voltage = shown(start.with_dynamics("adapting"), "adapting")
    assert abs(voltage - shown(start, GRADED)).max() < 1e-13


@pytest.mark.compile
def test_devices_agree_bit_for_bit(adapting_start):
    both = [shown(adapting_start, "adapting", device=one) for one in ("runtime", "cpp_standalone")]
    assert (both[0] == both[1]).all()


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_a_constant_by_cell_type_is_a_parameter_of_these_values(start, engine):
    types = start.connectome.cell_types.index
    values = pd.Series(np.random.default_rng(1).uniform(0.5, 1.5, len(types)), types)
    free = own_gain()
    by_parameter = shown(start.with_dynamics(free, gain=values), free, engine=engine)
    shuffled = values.sample(frac=1, random_state=0)
    for table in (shuffled, shuffled.to_dict()):
        fixed = shown(start, gained(constants={"gain": table}), engine=engine)
        assert (fixed == by_parameter).all()


@pytest.mark.compile
def test_a_constant_by_cell_type_that_is_the_same_for_all_is_one_number(start):
    table = dict.fromkeys(start.connectome.cell_types.index, 0.8)
    by_type, one = (shown(start, gained(constants={"gain": each})) for each in (table, 0.8))
    assert abs(by_type - one).max() < 1e-13


@pytest.mark.compile
def test_photoreceptors_that_adapt_see_grey_as_the_published_model_does(start):
    grey = np.full((100, 19), 0.5)
    both = [shown(start, name, grey) for name in ("graded", "light_adapting")]
    assert abs(both[0] - both[1]).max() < 1e-6  # half of what `darkness` takes, and more
    assert float(abs(both[1] - both[1].isel(time=0)).max()) < 0.01


@pytest.mark.compile
def test_an_eighth_of_the_light_leaves_the_direction_index_of_t4a_as_it_is():
    """Once photoreceptors are used to the background, they see contrasts alone."""
    parameters = nfs.load_parameters("flow/000")
    edges = nfs.protocols.moving_edge(
        angle=[0, 90, 180, 270], intensity=1, speed=100 / second, pre_time=8 * second,
        tail_time=0 * second,
    ).luminance(extent=3, time_step=10 * ms)  # fmt: skip
    index = {}
    for name in ("graded", "light_adapting"):
        for part in (1, 1 / 8):
            dimmed = (edges * part).assign_attrs(edges.attrs)
            options = {"extent": 3, "record": "central", "time_step": 10 * ms}
            used_to_it = shown(parameters, name, dimmed, **options).sel(time=slice(-1, None))
            peak = nfs.analysis.peak_response(nfs.analysis.recorded(nfs.Responses(used_to_it)))
            of_all = nfs.analysis.direction_selectivity_index(peak).sel(cell_type="T4a")
            index[name, part] = of_all.item()
    assert index["light_adapting", 1] == pytest.approx(0.61, abs=0.01)  # as docs/dynamics.md says
    assert index["light_adapting", 1 / 8] == pytest.approx(index["light_adapting", 1], abs=0.002)
    assert index["graded", 1] == pytest.approx(0.65, abs=0.01)
    assert index["graded", 1 / 8] == pytest.approx(0.07, abs=0.01)


@pytest.mark.compile
def test_a_change_gives_a_type_other_values_and_is_told(start, adapting_start, tmp_path):
    fly = nfs.Change("Mi1", adaptation_strength=3, adaptation_time=100 * ms)
    responses = nfs.simulate(
        noise(), connectome=start.connectome, parameters=adapting_start, extent=2,
        dynamics="adapting", perturbations=[None, fly], time_step=20 * ms, progress=False,
    )  # fmt: skip
    label = "Mi1 with adaptation strength 3 and adaptation time 100 ms"
    assert responses.voltage["perturbation"].to_numpy().tolist() == ["intact", label]
    replaced = adapting_start.replace(
        adaptation_strength={"Mi1": 3}, adaptation_time={"Mi1": 100 * ms}
    )
    expected = shown(replaced, "adapting", record="central")
    assert (responses.under(fly).voltage.to_numpy() == expected.to_numpy()).all()
    responses.save(tmp_path / "adapting.nc")
    attributes = nfs.load_responses(tmp_path / "adapting.nc").voltage.attrs
    assert attributes["dynamics"] == "adapting"
    declared = json.loads(attributes["dynamics_parameters"])
    assert declared["parameters"]["adaptation_time"]["unit"] == "s"
    assert "dynamics_parameters" not in shown(start, GRADED).attrs


STILL = {
    "equations": """
    dvoltage/dt = (resting_potential - voltage + strength*resting_potential - slow)
                  / time_constant : 1
    dslow/dt = (strength*voltage - slow) / time_constant : 1
    output = voltage : 1
    """,
    "parameters": {"strength": nfs.TypeParameter(1, 0.5, 0, 1)},
}


@pytest.mark.compile
def test_a_change_for_a_time_acts_then_alone_and_alike_in_both_engines(adapting_start):
    fly = nfs.Change("Mi1", adaptation_strength=3, start=100 * ms, stop=200 * ms)
    intact, own, plain = (
        shown(adapting_start, "adapting", perturbations=flies, engine=engine)
        for flies, engine in ((None, "lattice"), ([fly], "lattice"), ([fly], "synapses"))
    )
    assert abs(own - plain).max() <= 1e-12
    differs = (own.to_numpy() != intact.to_numpy()).any(axis=(0, 1, 3))
    assert not differs[:5].any() and differs[6:].all()


@pytest.mark.compile
@pytest.mark.parametrize("engine", ["lattice", "synapses"])
def test_what_begins_at_its_steady_state_does_not_move(one_cell, engine):
    dynamics = nfs.Dynamics(name="still", initial={"slow": "strength*voltage"}, **STILL)
    parameters = nfs.Parameters.from_tables(
        one_cell, time_constant=50 * ms, resting_potential=0.3, dynamics=dynamics,
        synapse_strength={("P", "P"): 0},
    )  # fmt: skip
    options = {"extent": 0, "initial": "rest", "engine": engine}
    voltage = shown(parameters, dynamics, np.zeros((5, 1)), **options)
    assert np.abs(voltage.to_numpy() - 0.3).max() < 1e-15


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("strength*voltage", [0.1, 0.2]),
        ("resting_potential*time_constant/second", [0.06, 0.08]),
        ("exp(gain) - 1", [0, 0]),
        (0.25, [0.25, 0.25]),
        (None, [0, 0]),
    ],
)
def test_a_beginning_is_what_its_expression_says(written, expected):
    known = {
        "voltage": np.array([0.2, 0.4]), "strength": np.array([0.5, 0.5]), "gain": 0.0,
        "resting_potential": np.array([0.6, 0.8]), "time_constant": np.array([0.1, 0.1]),
    }  # fmt: skip
    given = {} if written is None else {"slow": written}
    found = initial_states(given, ["slow"], known)
    assert found["slow"].tolist() == pytest.approx(expected)
    for endless in ("1/gain", "gain/0"):
        with pytest.raises(nfs.InvalidValueError, match=f"'slow', '{endless}', is not finite"):
            initial_states({"slow": endless}, ["slow"], known)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".json", ".csv"])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_vector_tables_and_file_hold_the_same_values_bit_for_bit(tmp_path_factory, suffix, seed):
    connectome, rng = nfs.load_connectome(), np.random.default_rng(seed)
    own = [rng.uniform(0, 5, 65), rng.uniform(0.05, 3, 65)]
    vector = np.concatenate([rng.lognormal(-3, 4, 735), *own])
    parameters = nfs.Parameters.from_vector(connectome, vector, "adapting")
    kinds = ("time_constant", "resting_potential", "adaptation_strength", "adaptation_time")
    tables = {name: parameters.by_type(name).sample(frac=1, random_state=1) for name in kinds}
    tables["synapse_strength"] = parameters.synapse_strength
    path = tmp_path_factory.mktemp("parameters") / f"values{suffix}"
    parameters.save(path)
    again = nfs.load_parameters(path)
    assert nfs.Parameters.from_tables(connectome, dynamics=ADAPTING, **tables) == again
    assert again == parameters and (again.to_vector() == vector).all()
    assert again.checksum == parameters.checksum
    assert again.values_checksum == parameters.values_checksum


def test_names_and_defaults_are_those_of_the_declaration(start):
    parameters = nfs.Parameters.uniform(start.connectome, dynamics="adapting")
    assert parameters.names[:735] == start.names
    assert parameters.names[735] == "adaptation_strength[R1]"
    assert parameters.names[-1] == f"adaptation_time[{start.connectome.cell_types.index[-1]}]"
    assert len(set(parameters.names)) == len(parameters.to_vector()) == 735 + 2 * 65
    assert (parameters.by_type("adaptation_time") == 0.3).all()
    assert (parameters.to_vector()[:735] == start.to_vector()).all()
    drawn = nfs.Parameters.initial(start.connectome, extent=3, seed=1, dynamics=ADAPTING)
    assert (drawn.by_type("adaptation_strength") == 0).all()
    assert (drawn.time_constant == 0.05).all() and len(drawn.synapse_strength) == 605


def test_checksums_tell_dynamics_apart_and_leave_the_published_ones(start):
    """The published one is the SHA-256 of connectome and values, as it was before others were."""
    bare = hashlib.sha256(start.connectome.checksum.encode() + start.to_vector().tobytes())
    assert start.checksum == bare.hexdigest()
    others = [start, start.with_dynamics("light_adapting"), start.with_dynamics("adapting")]
    assert len({each.checksum for each in others}) == 3
    assert len({each.values_checksum for each in others}) == 3
    assert others[0] != others[1] and others[1] != others[2]
    assert others[2].with_dynamics("graded") == start


def test_a_file_of_the_published_model_says_nothing_of_dynamics(start, tmp_path):
    start.save(tmp_path / "a.json")
    start.save(tmp_path / "a.csv")
    assert list(json.loads((tmp_path / "a.json").read_text())) == [
        "format", "written_by", "connectome_sha256", "time_constant_s", "resting_potential",
        "synapse_strength",
    ]  # fmt: skip
    text = (tmp_path / "a.csv").read_text()
    assert "dynamics" not in text and text.count("\n#") == 3 and text.count("\n") == 740


def test_a_file_of_a_dynamics_that_nobody_has_is_read_by_what_it_says(start, tmp_path):
    dynamics = own_gain()
    start.with_dynamics(dynamics, gain={"T4a": 2}).save(tmp_path / "a.csv")
    loaded = nfs.load_parameters(tmp_path / "a.csv")
    assert loaded.declaration == dynamics.declaration
    assert loaded.by_type("gain")["T4a"] == 2


def test_parameters_take_over_what_two_dynamics_share(adapting_start):
    wider = nfs.Dynamics(
        name="wider",
        equations=ADAPTING.equations.replace("+ luminance", "+ gain*luminance"),
        parameters={
            "gain": nfs.TypeParameter(1, 1, 0, 2),
            "adaptation_strength": nfs.TypeParameter(1, 0.1, 0, 9),
            "adaptation_time": nfs.TypeParameter(ms, 100 * ms, 1 * ms, 9 * second),
        },
    )
    own = adapting_start.with_dynamics(wider, gain={"R1": 0.5})
    for name in ADAPTING.parameters:
        assert own.by_type(name).equals(adapting_start.by_type(name))
    assert own.by_type("gain").value_counts().to_dict() == {1: 64, 0.5: 1}


def test_a_search_draws_a_sixth_of_the_way():
    assert nfs.TypeParameter(1, 1, -1, 5).width == 1
    time = nfs.TypeParameter(ms, 50 * ms, 20 * ms, 600 * ms, "log")
    assert time.width == pytest.approx(np.log(30) / 6)


@pytest.mark.parametrize("name", dynamics_names())
def test_each_file_of_the_library_is_one_dynamics_with_its_source(name):
    dynamics = checked_dynamics(name)
    assert dynamics.name == name and dynamics is checked_dynamics(name)
    assert re.search(r"\(?\b(19|20)\d\d\b\)?", dynamics.reference)
    file = Path(nfs.__file__).parent / "dynamics" / f"{name}.py"
    assert len(file.read_text().splitlines()) < 60
    page = (Path(__file__).parents[1] / "docs" / "dynamics.md").read_text()
    (row,) = re.findall(rf"^\| `{name}` \|.*$", page, re.MULTILINE)
    assert all(f"`{own}`" in row for own in dynamics.parameters)


TIME = nfs.TypeParameter(ms, 300 * ms, 50 * ms, 3 * second)

WRONG_DECLARATIONS = [
    (lambda: nfs.TypeParameter(ms, 300, 50 * ms, 3 * second), "default .* is 300, but must have a"),
    (lambda: nfs.TypeParameter(ms, 300 * ms, 50 * volt, 3 * second), "lowest .*must have a unit"),
    (lambda: nfs.TypeParameter(1, 1 * ms, 0, 3), "default .* without a unit"),
    (lambda: nfs.TypeParameter("ms", 1, 0, 3), "unit of a TypeParameter is 'ms', but must be a"),
    (lambda: nfs.TypeParameter(volt / second, 1, 0, 3), "unit .* multiple of one of s, Hz, V"),
    (lambda: nfs.TypeParameter(1, 4, 0, 3), "default .* is 4, but must lie between lowest"),
    (lambda: nfs.TypeParameter(1, 1, 3, 0), "lowest .* is 3, but must be below highest"),
    (lambda: nfs.TypeParameter(1, 1, 0, 3, "log"), "lowest .* is 0, but must be above 0"),
    (lambda: nfs.TypeParameter(1, 1, 0, 3, "logs"), "scale .* is 'logs', .* Did you mean 'log'"),
    (lambda: nfs.TypeParameter(1, 1, 0, np.inf), "highest of a TypeParameter is inf"),
    (lambda: gained(parameters={"gain": 1.0}), "'gain' is 1.0, but must be declared by nfs.Type"),
    (lambda: gained(parameters=[TIME]), "parameters must be a dict of nfs.TypeParameter"),
    (lambda: gained(parameters={"gain": TIME}), "'voltage': .* inconsistent units"),
    (lambda: gained(parameters={"gain": TIME}, constants={"gain": 1.0}), "defined by constants"),
    (lambda: gained(parameters={"output": TIME}, constants={"gain": 1}), "defined by the equ"),
    (lambda: gained(parameters={"slow": TIME}, constants={"gain": 1}), "do not use the parameter"),
    (lambda: gained(parameters={"luminance": TIME}, constants={"gain": 1}), "of the simulation's"),
    (lambda: gained(parameters={"cell_type": TIME}), "'cell_type' is an argument of functions"),
    (lambda: gained(parameters={"my gain": TIME}), "'my gain' is no name of a parameter"),
    (lambda: gained(constants={"gain": {}}), "'gain' is an empty table"),
    (lambda: gained(constants={"gain": {"Mi1": 1, "Mi4": 1 * ms}}), "unit 1 for Mi1 and s for Mi4"),
    (lambda: gained(constants={"gain": {"Mi1": np.nan}}), "'gain' of Mi1 is nan"),
    (lambda: gained(constants={"gain": 1}, initial={"adaptation": 1}), "may have the state varia"),
    (lambda: gained(constants={"gain": 1}, initial={"voltage": 1}), "voltage begins at the resti"),
    (lambda: nfs.Dynamics("a, b", STEP.format(gain=1)), "name of a Dynamics is 'a, b'"),
    (lambda: checked_dynamics("adaptive"), "must be one of 'adapting', .*Did you mean 'adapting'"),
    (lambda: checked_dynamics(3), r"must be a Dynamics, the name of one of the library \(adapt"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said"), WRONG_DECLARATIONS)
def test_what_cannot_be_declared_is_told_where_it_is_written(make, said):
    with pytest.raises(nfs.NeuroFlySimError, match=said):
        make()


@pytest.mark.parametrize(
    ("initial", "said"),
    [
        ("luminance", "uses 'luminance', but may use .*no input yet at the beginning"),
        ("time_constant", "has the unit s, but must have 1"),
        ("voltage +", "initial of 'adaptation'"),
        (np.nan, "initial of 'adaptation' is nan"),
        (1 * ms, "has the unit s"),
    ],
)
def test_a_beginning_that_cannot_be_is_told(initial, said):
    with pytest.raises(nfs.NeuroFlySimError, match=said):
        nfs.Dynamics(
            name="own", equations=ADAPTING.equations, parameters=ADAPTING.parameters,
            initial={"adaptation": initial},
        )  # fmt: skip


def _shown(parameters, dynamics):
    return lambda: nfs.simulate(
        noise(1, 2), connectome=parameters.connectome, parameters=parameters, dynamics=dynamics,
        extent=2,
    )  # fmt: skip


WRONG_VALUES = {
    "other unit": (
        lambda p: p.replace(adaptation_time={"Mi1": 3 * hertz}),
        r"adaptation_time of Mi1 is 3\. \* hertz, but must have a unit, as 300 ms has",
    ),
    "beyond": (
        lambda p: p.replace(adaptation_time={"Mi1": 5 * ms}),
        "adaptation_time of Mi1 is 5 ms, but must lie between 50 ms and 3000 ms",
    ),
    "not a number": (
        lambda p: p.replace(adaptation_strength={"Mi1": np.nan}),
        "adaptation_strength holds nan at index",
    ),
    "unknown type": (
        lambda p: p.replace(adaptation_strength={"Mi99": 1}),
        "adaptation_strength does not fit the connectome: it has the unknown Mi99",
    ),
    "unknown name": (
        lambda p: p.replace(adaptation={"Mi1": 1}),
        "Did you mean 'adaptation_strength'.*for the dynamics 'adapting'",
    ),
    "no table": (
        lambda p: p.replace(adaptation_strength=1),
        "adaptation_strength is 1, but must be a mapping or Series by cell_type",
    ),
    "types are lacking": (
        lambda p: nfs.Parameters.from_tables(
            p.connectome, time_constant=p.time_constant, resting_potential=0.5,
            synapse_strength=p.synapse_strength, dynamics="adapting",
            adaptation_strength={"Mi1": 1},
        ),
        "adaptation_strength does not fit the connectome: it lacks R1",
    ),
    "no unit": (
        lambda p: nfs.Parameters.from_tables(
            p.connectome, time_constant=p.time_constant, resting_potential=0.5,
            synapse_strength=p.synapse_strength, dynamics="adapting", adaptation_time=0.3,
        ),
        "adaptation_time is 0.3, but must have a unit",
    ),
    "not asked for": (
        lambda p: p.by_type("gain"),
        "must be one of 'time_constant', 'resting_potential', 'adaptation_strength'",
    ),
    "short vector": (
        lambda p: p.with_vector(p.to_vector()[:735]),
        r"shape \(735,\), .* has 865 parameters: .*65 values of adaptation_strength",
    ),
    "used with another": (
        lambda p: _shown(p, "graded")(),
        "for the dynamics 'adapting' .*used with 'graded'.*it has no adaptation_strength",
    ),
    "not for this one": (
        lambda p: _shown(p.with_dynamics("graded"), "adapting")(),
        r"'graded' .*used with 'adapting'.*they lack adaptation_time.*with_dynamics",
    ),
    "another version": (
        lambda p: _shown(
            p,
            nfs.Dynamics(
                name="adapting",
                equations=ADAPTING.equations.replace("adaptation_time", "adaptation_rate**-1"),
                parameters={
                    "adaptation_strength": ADAPTING.parameters["adaptation_strength"],
                    "adaptation_rate": nfs.TypeParameter(hertz, 3 * hertz, 0 * hertz, 9 * hertz),
                },
            ),
        )(),
        "another version of the dynamics 'adapting': they lack adaptation_rate; it has no adaptat",
    ),
    "beyond what the one in use allows": (
        lambda p: _shown(
            p.replace(adaptation_strength={"Mi4": 4.5}),
            nfs.Dynamics(
                name="adapting",
                equations=ADAPTING.equations,
                parameters={
                    **ADAPTING.parameters,
                    "adaptation_strength": nfs.TypeParameter(1, 0, 0, 4),
                },
            ),
        )(),
        "adaptation_strength of Mi4 is 4.5, but must lie between 0 and 4",
    ),
    "an unknown dynamics": (lambda p: _shown(p, "adaptive")(), "Did you mean 'adapting'"),
    "a change of what is not there": (
        lambda p: nfs.Change("Mi1", gain=2).changed(p),
        "the name of a parameter is 'gain'",
    ),
    "a change of nothing": (lambda p: nfs.Change("Mi1"), "or what the dynamics declares"),
    "a constant of some types only": (
        lambda p: _shown(p.with_dynamics("graded"), gained(constants={"gain": {"Mi1": 2}}))(),
        "the constant 'gain' does not fit the connectome: it lacks R1, .* and 59 more",
    ),
    "a constant of an unknown type": (
        lambda p: _shown(
            p.with_dynamics("graded"),
            gained(constants={"gain": dict.fromkeys([*p.connectome.cell_types.index, "T9"], 1)}),
        )(),
        "the constant 'gain' does not fit the connectome: it has the unknown T9",
    ),
    "in a screen": (
        lambda p: nfs.screen(noise(1, 2), parameters=p, extent=2),
        "for the dynamics 'adapting' .*used with 'graded'",
    ),
    "in a replay": (
        lambda p: nfs.replay("gruntman2019", p, "flash", extent=1, dynamics="light_adapting"),
        "for the dynamics 'adapting' .*used with 'light_adapting'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_a_value_that_cannot_be_is_told_at_the_call(adapting_start, case):
    wrong, said = WRONG_VALUES[case]
    with pytest.raises(nfs.NeuroFlySimError, match=said):
        wrong(adapting_start)


WRONG_IN_FILES = [
    (".json", '"name": "adapting"', '"nom": "adapting"', "dynamics: a key is 'nom'"),
    (".json", '"scale": "log"', '"scale": "logs"', "adaptation_time: scale of a TypeParameter"),
    (".json", '"unit": "s"', '"unit": "ms"', "adaptation_time: unit is 'ms'"),
    (".json", '"adaptation_time": {\n   "R1"', '"time": {\n   "R1"', "by_cell_type is 'time'"),
    (".json", '"adaptation_time": {\n    "unit"', '"cell_type": {\n    "unit"', "'cell_type' is"),
    (".json", '"adaptation_time": {\n    "unit"', '"time_constant": {\n    "unit"', "published"),
    (".csv", "# dynamics adapting\n", "", "must say once for which dynamics it is"),
    (".csv", "scale log", "scale", "leave it as it was written"),
    (".csv", "unit s default", "unit ms default", "adaptation_time: unit is 'ms'"),
    (".csv", "default 0.3", "default 0,3", "default"),
    (".csv", "adaptation_time,T4a,", "adaptation_tim,T4a,", "Did you mean 'adaptation_time'"),
    (".csv", "adaptation_time,T4a,,,0.3,s", "adaptation_time,T4a,,,300,ms", "must have 's'"),
    (".csv", "adaptation_time,T4a,,,0.3,s", "adaptation_time,T4a,,,9,s", "T4a is 9 s"),
    (".csv", "adaptation_time,T4a,", "# adaptation_time,T4a,", "it lacks T4a"),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "old", "new", "said"), WRONG_IN_FILES)
def test_what_a_file_says_wrongly_is_told_with_the_file(start, tmp_path, suffix, old, new, said):
    path = tmp_path / f"changed{suffix}"
    start.with_dynamics("adapting").save(path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(nfs.InvalidValueError, match=re.escape(said)) as error:
        nfs.load_parameters(path)
    assert f"changed{suffix}" in str(error.value)


@pytest.mark.compile
def test_the_command_simulates_and_screens_with_a_dynamics_of_the_library(run_command, tmp_path):
    responses, table = tmp_path / "flash.nc", tmp_path / "table.csv"
    options = ("--extent", "1", "--dynamics", "adapting")
    settings = ("--set", "pre_time=100 ms", "--set", "stim_time=100 ms")
    code, _, said = run_command("simulate", "flash", "-o", str(responses), *options, *settings)
    assert code == 0, said
    assert nfs.load_responses(responses).voltage.attrs["dynamics"] == "adapting"
    code, _, said = run_command(
        "screen", "flash", "--silence", "L1", "-o", str(table), "--processes", "1", *options,
        *settings,
    )  # fmt: skip
    assert code == 0, said
    assert set(pd.read_csv(table)["perturbation"]) == {"silence L1"}
    code, _, said = run_command("simulate", "flash", "-o", str(responses), "--dynamics", "adapt")
    assert code != 0 and "Did you mean 'adapting'" in said
