"""Derivatives of recorded voltages: those of flyvis, and those of finite differences."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from brian2 import Clock, Equations, NeuronGroup, ms, second
from brian2.parsing.sympytools import sympy_to_str
from brian2.stateupdaters.base import StateUpdateMethod
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.dynamics import (
    by_type_equations,
    by_type_names,
    cell_constants,
    cell_equations,
    cell_sources,
    cell_states,
    cell_sums,
    checked_dynamics,
    noise_variable,
)
from neuroflysim.expressions import value_of
from neuroflysim.simulation.adjoint.derivative import derivative, parsed
from neuroflysim.simulation.adjoint.of_program import require_reversible
from neuroflysim.simulation.adjoint.statements import adjoint_step

#: Of the dynamics of the library, those that a method takes.
STEPS = [
    (name, method)
    for name in ("graded", "adapting", "conductance", "light_adapting", "octopamine", "coupled")
    for method in ("euler", "exponential_euler")
] + [("noisy", "euler")]


# ---- the equations -------------------------------------------------------------------------------


def step_of(name, method):
    """Return what Brian2 writes for a step, and the names in it."""
    dynamics = checked_dynamics(name)
    given_names = "synaptic_input : 1\nluminance : 1\ntime_constant : second\n"
    given_names += "resting_potential : 1\n" + "".join(
        f"{each} : 1\n" for each in cell_sums(dynamics) if each != "synaptic_input"
    )
    noises = [noise_variable(k) for k in range(len(dynamics.noises))]
    equations = cell_equations(dynamics) + Equations(given_names) + by_type_equations(dynamics)
    cells = NeuronGroup(
        1, equations, clock=Clock(dt=5 * ms), namespace=cell_constants(dynamics), method=method
    )
    for noise in noises:
        cells.variables.add_array(noise, size=1, dimensions=(second**-0.5).dim)
    names = equations.identifiers | equations.names | {"dt"}
    variables = cells.resolve_all(names, {}, user_identifiers=set())
    code = StateUpdateMethod.apply_stateupdater(
        cells.equations, variables, method, group_name="cells"
    )
    passed = dict(equations.get_substituted_expressions(include_subexpressions=True))
    (output,) = cell_sources(dynamics)
    sums = [(one, output) for one in cell_sums(dynamics)]
    states, types = sorted(cell_states(dynamics)), list(by_type_names(dynamics).values())
    adjoint = adjoint_step(code, {output: passed[output].code}, states, sums, types)
    constants = {n: float(value) for n, value in cell_constants(dynamics).items()}
    return code, passed[output].code, adjoint, states, sums, types, constants, noises


def ran(code, values):
    values = dict(values)
    for line in code.splitlines():
        name, _, expression = line.partition(" = ")
        values[name] = float(value_of(expression, values))
    return values


@pytest.mark.parametrize(("name", "method"), STEPS)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_adjoint_of_a_step_has_its_finite_differences(name, method, seed):
    """Of every number that the step takes: states, sums, light and what is by cell type."""
    code, output, adjoint, states, sums, types, constants, noises = STEP[name, method]
    rng = np.random.default_rng(seed)
    free = [*states, *(one for one, _ in sums), "luminance", *types]
    values = {each: rng.uniform(0.2, 1) for each in free}
    values |= {each: rng.uniform(0.02, 0.5) for each in types if "time" in each}
    values |= {each: rng.normal() for each in noises} | constants | {"dt": 0.005}
    weight = {state: rng.normal() for state in states}
    sent = {f"_returned_{k}": rng.normal() for k in range(len(sums))}

    def after(moved):
        """What the loss would be: states after the step, and what the cell passed on before it."""
        end = ran(code, moved)
        through = float(value_of(output, moved)) * sum(sent.values())
        return sum(weight[state] * end[state] for state in states) + through

    back = ran(adjoint.back, {**values, **{f"_adjoint_{s}": weight[s] for s in states}})
    found = {
        **{one: back[f"_back_{k}"] for k, (one, _) in enumerate(sums) if k in adjoint.back_sums},
        **({"luminance": back["_to_light"]} if adjoint.sees else {}),
        **{each: back[f"_to_type_{each}"] for each in adjoint.back_types},
    }
    onto = ran(
        adjoint.onto, {**values, **sent, **{f"_adjoint_{s}": back[f"_adjoint_{s}"] for s in states}}
    )
    found |= {state: onto[f"_adjoint_{state}"] for state in states}
    for each in free:
        step = 1e-6 * values[each]
        up, down = (after({**values, each: values[each] + sign * step}) for sign in (1, -1))
        numeric = (up - down) / (2 * step)
        assert found.get(each, 0.0) == pytest.approx(numeric, rel=1e-5, abs=1e-6)


class _Steps(dict):
    def __missing__(self, key):
        self[key] = step_of(*key)
        return self[key]


STEP = _Steps()


@pytest.mark.parametrize(
    "expression",
    [
        "x*int(x > 0.3)", "abs(x - 1)", "clip(x, 0.2, 0.9)", "clip(x, 2, 3)*x", "clip(0.5, x, 2*x)",
        "sqrt(x)", "exp(-x**2)", "exprel(x - 0.5)", "x**n", "n**x", "log(x)*log10(x) + log1p(x)",
        "expm1(x)", "sin(x)*cos(x)/tan(x)", "sinh(x) + cosh(x)*tanh(x)", "(x + 7) % 3",
        "arcsin(x/9) - arccos(x/9) + arctan(x)", "floor(x)*x + ceil(x)*x**2 + sign(x)*x",
        "int(x > 0.1 and x < 5)*x**2 + int(not (x > 0.4))*x", "x/(x + n)", "x // 2",
    ],
)  # fmt: skip
@settings(max_examples=10)
@given(x=st.floats(0.1, 2.5), n=st.floats(1.1, 3))
def test_functions_of_brian2_have_their_finite_differences(expression, x, n):
    """Beside jumps and bends, of which a step of the differences may not see both sides."""
    step = 1e-6
    edges = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.9, 1.0, 2.0)
    assume(min(abs(x - edge) for edge in edges) > 1e-5)
    for name in ("x", "n"):
        values = {"x": x, "n": n}
        up, down = (
            float(value_of(expression, {**values, name: values[name] + sign * step}))
            for sign in (1, -1)
        )
        text = sympy_to_str(derivative(parsed(expression), parsed(name)))
        found = float(value_of(text, values))
        assert found == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-6)


def test_powers_of_nothing_have_derivatives():
    for expression, name, wanted in (
        ("clip(x, 0, 1)**n", "x", 0.0), ("clip(x, 0, 1)**n", "n", 0.0), ("exprel(x)", "x", 0.5),
    ):  # fmt: skip
        text = sympy_to_str(derivative(parsed(expression), parsed(name)))
        assert float(value_of(text, {"x": 0.0, "n": 2.5})) == wanted


# ---- the network ---------------------------------------------------------------------------------


def parameters_of(values, connectome):
    strength = dict.fromkeys(connectome.connections.index, 0.0)  # Lawf1 -> Lawf1 is not in flyvis
    pairs = list(zip(values["edge_source"], values["edge_target"], strict=True))
    strength.update(zip(pairs, values["syn_strength"], strict=True))
    types = values["cell_types"].astype(str)
    parameters = nfs.Parameters.from_tables(
        connectome,
        time_constant=pd.Series(values["time_const"], types),
        resting_potential=pd.Series(values["bias"], types),
        synapse_strength=strength,
    )
    return parameters, list(types), pairs


@pytest.mark.compile
def test_derivatives_are_those_of_flyvis(connectome, reference):
    """Within 1e-6 of the largest: both models in one call, one of them with raised time constants.

    The loss is the mean over conditions and steps of a max(V, 0)^2 + b V.
    """
    files = [reference(f"gradient_ext3_{kind}_dt0.02.npz") for kind in ("default", "random")]
    stimuli = reference("stimuli_ext3_dt0.02.npz")["stimuli"]
    frames = stimuli[[1, 4, 5], : int(files[0]["steps"])]
    listed = [parameters_of(values, connectome) for values in files]
    models = [parameters for parameters, *_ in listed]
    with nfs.compile(
        frames, connectome=connectome, extent=3, time_step=20 * ms, initial="rest", n_candidates=2
    ) as program:
        voltage = program.run(models).voltage
        order = voltage["cell_type"].to_numpy()
        a, b = (
            np.stack([pd.Series(values[name], values["types"])[order] for values in files])
            for name in "ab"
        )
        n_samples = voltage[0, ..., 0].size
        loss = 2 * a[:, None, None] * np.maximum(voltage, 0) + b[:, None, None]
        gradients = program.pullback(models, loss / n_samples)
        for values, parameters, one in zip(files, models, loss.to_numpy(), strict=True):
            alone = program.pullback(parameters, one[None] / n_samples).stimulus
            _close(alone, values["d_stimulus"], 1e-6)
    # Steps that are kept are other code than those that are not.
    np.testing.assert_allclose(gradients.voltage, voltage, rtol=1e-12, atol=1e-12)
    for k, (values, (_, types, pairs)) in enumerate(zip(files, listed, strict=True)):
        _close(gradients.time_constant[k].sel(cell_type=types), values["d_time_const"], 1e-6)
        _close(gradients.resting_potential[k].sel(cell_type=types), values["d_bias"], 1e-6)
        strength = gradients.synapse_strength[k]
        names = zip(
            *(strength[f"{end}_type"].to_numpy() for end in ("source", "target")), strict=True
        )
        _close(pd.Series(strength, list(names))[pairs], values["d_syn_strength"], 1e-6)
    both = np.concatenate([gradients.time_constant, gradients.resting_potential], axis=1)
    np.testing.assert_array_equal(gradients.to_vector()[:, :130], both)


def _close(found, wanted, part):
    assert np.abs(np.asarray(found) - wanted).max() <= part * np.abs(wanted).max()


def some_parameters(start, seed, spread=0.3):
    rng = np.random.default_rng(seed)
    vector = start.to_vector()
    return start.with_vector(vector * np.exp(rng.normal(0, spread, len(vector))) + 0.01)


def directional(program, models, frames, loss_of, seed, given_voltage=None, step=1e-7):
    """Check derivatives along random directions of parameters, stimulus and beginning."""
    rng = np.random.default_rng(seed)

    def losses(some, shown, initial):
        voltage = program.run(some, stimulus=shown, initial=initial, progress=False).voltage
        return loss_of(voltage.to_numpy())[0]

    voltage = program.run(models, stimulus=frames, initial=given_voltage).voltage.to_numpy()
    gradients = program.pullback(
        models, loss_of(voltage)[1], stimulus=frames, initial=given_voltage
    )
    vectors = [each.to_vector() for each in models]
    for part in _parts(models[0]):
        moves = [np.zeros(len(vector)) for vector in vectors]
        for move, vector in zip(moves, vectors, strict=True):
            move[part] = rng.normal(size=len(move[part])) * np.abs(vector[part])
        moved = [
            [
                m.with_vector(v + sign * step * d)
                for m, v, d in zip(models, vectors, moves, strict=True)
            ]
            for sign in (1, -1)
        ]
        up, down = (losses(each, frames, given_voltage) for each in moved)
        _agree((gradients.to_vector() * moves).sum(axis=1), (up - down) / (2 * step),
               np.linalg.norm(gradients.to_vector() * moves, axis=1))  # fmt: skip
    move = rng.normal(size=frames.shape) * 0.1
    up, down = (losses(models, frames + sign * step * move, given_voltage) for sign in (1, -1))
    by_frame = gradients.stimulus.to_numpy() * move
    _agree(by_frame.sum(), (up - down).sum() / (2 * step), np.linalg.norm(by_frame))
    if given_voltage is not None:
        move = rng.normal(size=given_voltage.shape)
        up, down = (losses(models, frames, given_voltage + sign * step * move) for sign in (1, -1))
        by_cell = gradients.initial.to_numpy() * move
        _agree(by_cell.sum(axis=1), (up - down) / (2 * step), np.linalg.norm(by_cell, axis=1))
    return gradients


def _parts(parameters):
    n_types = parameters.connectome.n_cell_types
    n_strengths = 2 * n_types + parameters.connectome.n_connections
    ends = [0, n_types, 2 * n_types, n_strengths, len(parameters.to_vector())]
    return [slice(*both) for both in pairwise(ends) if both[0] < both[1]]


def _agree(found, numeric, size):
    """Within 1e-5 of what the derivatives would add up to if their signs were random."""
    assert np.all(np.abs(found - numeric) <= 1e-5 * size + 1e-12)


def square_loss(seed, shape):
    """Return a loss by candidate of voltages, and its derivatives."""
    one, two = np.random.default_rng(seed).normal(size=(2, *shape))

    def loss_of(voltage):
        parts = one * voltage + two * voltage**2
        return parts.reshape(len(parts), -1).sum(axis=1), one + 2 * two * voltage

    return loss_of


@pytest.mark.compile
def test_with_grey_before_on_a_periodic_lattice_derivatives_have_finite_differences(start):
    """Of a dynamics with a state, parameters and a beginning of its own, exactly integrated."""
    models = [some_parameters(start.with_dynamics("adapting"), seed, 0.02) for seed in range(2)]
    frames = np.random.default_rng(0).uniform(0.2, 0.8, (2, 4, 36))
    with nfs.compile(
        frames, connectome=start.connectome, lattice=nfs.Lattice(size=6), time_step=10 * ms,
        method="exponential_euler", dynamics="adapting", n_candidates=2, record="all",
    ) as program:  # fmt: skip
        n_cells = program.run(models).voltage.sizes["neuron"]
        loss_of = square_loss(1, (2, 2, 4, n_cells))
        whole = directional(program, models, frames, loss_of, seed=2)
        loss = loss_of(whole.voltage.to_numpy())[1]
        cut = program.pullback(models, loss, memory_limit=whole_limit(program))
        assert program._pullback._kept[1]._pieces.n_kept < 104
        for found, wanted in ((cut.to_vector(), whole.to_vector()), (cut.initial, whole.initial)):
            np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(cut.stimulus, whole.stimulus)
        with pytest.raises(nfs.SimulationError, match="raise memory_limit"):
            program.pullback(models, loss, memory_limit=1e4)


def whole_limit(program):
    """A limit in which the same lanes have no room for all steps."""
    return 0.8 * program._pullback._kept[1]._pieces.n_bytes


@pytest.mark.compile
def test_pools_gap_junctions_and_given_voltages_have_finite_differences(start):
    electrical = pd.DataFrame(
        [("L1", "L2", 0, 0, 0.7), ("Mi1", "Mi1", 1, 0, 0.3)],
        columns=["source_type", "target_type", "du", "dv", "conductance"],
    ).assign(reference="ours")
    pools = (
        nfs.Pool("T4a", "wide", "int(y < 0)"), nfs.Pool("wide", "Tm3", "2 + y/200", sign=-1),
        nfs.Pool("wide", "Mi1", "int(y > 0)"), nfs.Pool("wide", "wide", 1, sign=-1),
    )  # fmt: skip
    connectome = start.connectome.with_tables(electrical=electrical).with_pools(pools)
    carried = nfs.Parameters.from_vector(
        start.connectome.with_tables(electrical=electrical), start.to_vector()
    )
    wide = carried.extended(
        connectome, time_constant={"wide": 0.03}, resting_potential={"wide": 0.1},
        synapse_strength={(each.source_type, each.target_type): 0.02 for each in pools},
    )  # fmt: skip
    models = [some_parameters(wide, 3)]
    rng = np.random.default_rng(0)
    frames = rng.uniform(0.2, 0.8, (3, 5, 7))
    with nfs.compile(
        frames, connectome=connectome, extent=1, time_step=20 * ms, initial="rest",
        dynamics=nfs.COUPLED,
    ) as program:  # fmt: skip
        n_cells = connectome.network(1).n_neurons
        loss_of = square_loss(1, program.run(models).voltage.shape)
        voltage = rng.uniform(0.1, 0.9, (1, n_cells))
        directional(program, models, frames, loss_of, seed=2, given_voltage=voltage)


@pytest.fixture(scope="module")
def small(connectome):
    """A program of few steps, in float32."""
    frames = np.random.default_rng(0).uniform(size=(2, 6, 7))
    with nfs.compile(
        frames, connectome=connectome, extent=1, time_step=20 * ms, initial="rest", dtype="float32"
    ) as program:
        yield program


@pytest.mark.compile
def test_a_candidate_that_runs_away_takes_no_other_with_it(small, start):
    wild = start.replace(synapse_strength=start.synapse_strength * 1e4)
    loss = np.random.default_rng(1).normal(size=(2, 2, 6, 65))
    with pytest.raises(nfs.RunawayActivityError):
        small.pullback([start, wild], loss)
    both = small.pullback([start, wild], loss, runaway="nan")
    alone = small.pullback(start, loss[:1])
    assert np.isnan(both.to_vector()[1]).all() and np.isnan(both.initial[1]).all()
    _close(both.to_vector()[0], alone.to_vector()[0], 1e-5)
    _close(both.stimulus, alone.stimulus.to_numpy(), 1e-5)
    assert np.isnan(both.voltage[1]).all() and np.isfinite(both.voltage[0]).all()


@pytest.mark.compile
def test_a_function_of_the_voltages_gives_the_same_as_its_values(small, start):
    """In one run, where it is called on the way, and in several; with one that runs away."""
    wild = start.replace(synapse_strength=start.synapse_strength * 1e4)
    for models in ([start], [start] * 20, [start, wild]):
        voltage = small.run(models, runaway="nan").voltage
        loss = np.nan_to_num(voltage**2)
        found = small.pullback(models, lambda given: given**2, runaway="nan")
        wanted = small.pullback(models, loss, runaway="nan")
        for one, other in (
            (found.to_vector(), wanted.to_vector()),
            (found.stimulus.to_numpy(), wanted.stimulus.to_numpy()),
        ):
            largest = np.nanmax(np.abs(other))
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * largest)


@pytest.mark.compile
def test_in_single_precision_derivatives_are_the_same_to_a_thousandth(small, start):
    loss = np.random.default_rng(1).normal(size=(1, 2, 6, 65))
    frames = np.random.default_rng(0).uniform(size=(2, 6, 7))
    with nfs.compile(
        frames, connectome=start.connectome, extent=1, time_step=20 * ms, initial="rest"
    ) as program:
        wanted = program.pullback(start, loss)
    found = small.pullback(start, loss)
    for name in ("time_constant", "resting_potential", "synapse_strength", "stimulus", "initial"):
        _close(getattr(found, name), getattr(wanted, name).to_numpy(), 1e-3)


def test_only_this_process_and_the_lattice_engine_have_derivatives():
    for arguments, message in (
        (("synapses", "runtime", None), "engine='lattice'"),
        (("lattice", "cpp_standalone", None), "device='runtime'"),
        (("lattice", "runtime", 2), "trials"),
    ):
        with pytest.raises(nfs.InvalidValueError, match=message):
            require_reversible(*arguments)


@pytest.mark.compile
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"loss": np.zeros((1, 2, 6, 64))}, r"must be \(1, 2, 6, 65\)"),
        ({"loss": np.full((1, 2, 6, 65), np.nan)}, r"\(0, 0, 0, 0\)"),
        ({"memory_limit": -1}, "memory_limit"),
        ({"runaway": "stop"}, "runaway"),
    ],
)
def test_bad_arguments_are_named(small, start, changed, message):
    options = {"loss": np.zeros((1, 2, 6, 65)), **changed}
    with pytest.raises(nfs.InvalidValueError, match=message):
        small.pullback(start, options.pop("loss"), **options)
