"""The lattice engine computes what plain Brian2 synapses compute."""

import platform
import subprocess
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from brian2 import ms, prefs
from brian2.codegen.runtime.cython_rt.extension_manager import CythonExtensionManager
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.dynamics import checked_dynamics
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.lattice_engine import code_objects
from neuroflysim.simulation.lattice_engine import engine as lattice_engine
from neuroflysim.simulation.lattice_engine.layout import make_layout


def noise(extent, n_conditions, n_steps=8, seed=0):
    shape = (n_conditions, n_steps, nfs.Lattice(extent=extent).n_columns)
    return np.random.default_rng(seed).uniform(size=shape)


def voltages(engine, frames, connectome, parameters, **options):
    options = {"record": "all", "progress": False, "time_step": 20 * ms, **options}
    return nfs.simulate(
        frames, connectome=connectome, parameters=parameters, engine=engine, **options
    ).voltage


def both(*shown, **options):
    return (voltages(engine, *shown, **options) for engine in ("lattice", "synapses"))


@pytest.mark.compile
@pytest.mark.parametrize(("dtype", "bar"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("extent", [0, 1, 2, 3, 4, 5, 6, 15])
def test_voltages_of_all_cells_equal_those_of_synapses(
    connectome, start, random_parameters, extent, dtype, bar
):
    """Several candidates and conditions; Lawf1 and Lawf2 have a stride of 3 x 2."""
    candidates = [random_parameters, start] if extent < 15 else [random_parameters]
    own, plain = both(
        noise(extent, 3 if extent < 15 else 1), connectome, candidates, extent=extent, dtype=dtype
    )
    assert abs(own - plain).max() <= bar


@pytest.mark.compile
def test_more_lanes_than_fit_are_run_one_batch_after_the_other(connectome, start):
    candidates = [start.replace(resting_potential={"R1": 0.1 * k}) for k in range(3)]
    own, plain = both(noise(1, 30), connectome, candidates, extent=1)
    assert abs(own - plain).max() <= 1e-12
    own, plain = both(noise(1, 70), connectome, candidates[:1], extent=1)
    assert abs(own - plain).max() <= 1e-12


@pytest.mark.compile
@pytest.mark.parametrize("method", ["euler", "exponential_euler"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_devices_agree_bit_for_bit(connectome, random_parameters, start, dtype, method):
    runs = [
        nfs.simulate(
            noise(2, 3),
            connectome=connectome,
            parameters=[start, random_parameters],
            extent=2,
            device=device,
            dtype=dtype,
            method=method,
            record="all",
            progress=False,
        ).voltage
        for device in ("runtime", "cpp_standalone")
    ]
    assert (runs[0] == runs[1]).all()


@pytest.mark.compile
@pytest.mark.parametrize("flags", [["-mno-avx512f"], ["-march=x86-64"]])
@pytest.mark.parametrize(("dtype", "bar"), [("float64", 1e-12), ("float32", 1e-5)])
def test_a_machine_with_short_vectors_gets_a_correct_program(
    connectome, random_parameters, monkeypatch, flags, dtype, bar
):
    """Compiled as for a processor with AVX2 and for one without; plain Brian2 as for this one."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("AVX is of x86 processors")
    shown = noise(3, 3), connectome, random_parameters
    plain = voltages("synapses", *shown, extent=3, dtype=dtype)
    name = "codegen.cpp.extra_compile_args_gcc"
    monkeypatch.setitem(prefs, name, [*prefs[name], *flags])
    own = voltages("lattice", *shown, extent=3, dtype=dtype)
    assert abs(own - plain).max() <= bar


@st.composite
def connectomes(draw):
    """Random types, strides, offsets, signs and counts; at least one photoreceptor."""
    names = [f"C{k}" for k in range(draw(st.integers(1, 4)))]
    stride = st.integers(1, 3)
    cell_types = pd.DataFrame(
        {
            "cell_type": names,
            "stride_u": [draw(stride) for _ in names],
            "stride_v": [draw(stride) for _ in names],
            "photoreceptor": [k == 0 or draw(st.booleans()) for k in range(len(names))],
            "output": True,
        }
    )
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(names), st.sampled_from(names)),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    connections = pd.DataFrame(pairs, columns=["source_type", "target_type"])
    connections["sign"] = [draw(st.sampled_from([-1, 1])) for _ in pairs]
    connections["sign_reference"] = ""
    reach = st.integers(-4, 4)
    offsets = pd.DataFrame(
        [
            (*pair, *offset, draw(st.floats(0, 5)), False)
            for pair in pairs
            for offset in draw(
                st.lists(st.tuples(reach, reach), min_size=1, max_size=5, unique=True)
            )
        ],
        columns=["source_type", "target_type", "du", "dv", "synapse_count", "filled"],
    )
    return nfs.Connectome(cell_types, connections, offsets)


@pytest.mark.compile
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(connectomes(), st.integers(0, 3), st.integers(1, 3), st.just(2), st.integers(0, 99))
def test_any_connectome_gives_the_voltages_of_synapses(
    connectome, extent, n_candidates, n_conditions, seed
):
    rng = np.random.default_rng(seed)
    n_types, n_connections = connectome.n_cell_types, connectome.n_connections
    candidates = [
        nfs.Parameters.from_vector(
            connectome,
            np.concatenate(
                [
                    rng.uniform(0.01, 0.1, n_types),
                    rng.normal(0, 1, n_types),
                    rng.uniform(0, 0.05, n_connections),
                ]
            ),
        )
        for _ in range(n_candidates)
    ]
    own, plain = both(
        noise(extent, n_conditions, 5, seed), connectome, candidates, extent=extent, initial="rest"
    )
    assert abs(own - plain).max() <= 1e-12


#: Several sums, one of them of a state variable, parameters by cell type, two noises, a modulator,
#: and a beginning that depends on them.
TOGETHER = nfs.Dynamics(
    name="together",
    inputs={
        "excitation": nfs.SynapticSum(sign=1),
        "inhibition": nfs.SynapticSum(sign=-1),
        "relayed": nfs.SynapticSum(of="trace"),
    },
    equations="""
    dvoltage/dt = (-voltage + resting_potential + luminance + injected_current
                   + excitation*(1 - voltage/10) + inhibition*(1 + voltage/5)
                   + share*relayed*(1 + level)) / time_constant
                  + strength*sqrt(2/time_constant)*xi : 1
    dtrace/dt = (voltage - trace)/memory + 0.05*xi_trace/sqrt(memory) : 1
    output = voltage*int(voltage > 0) : 1
    """,
    parameters={
        "share": nfs.TypeParameter(1, default=0.5, lowest=-1, highest=1),
        "strength": nfs.TypeParameter(1, default=0, lowest=0, highest=0.3),
        "memory": nfs.TypeParameter(ms, 100 * ms, 50 * ms, 300 * ms, "log"),
    },
    initial={"trace": "share*voltage"},
    modulators={"level": 0.2},
)
#: Few, for each is compiled for both engines.
DYNAMICS = ("adapting", TOGETHER)


@st.composite
def flies(draw, connectome, dynamics):
    """Things that are done to a fly for a while, of kinds that need no other code."""
    cell_type = draw(st.sampled_from(list(connectome.cell_types.index)))
    source, target = draw(st.sampled_from(list(connectome.connections.index)))
    when = {"start": draw(st.sampled_from([None, 20 * ms])), "stop": 60 * ms}
    kinds = [
        nfs.Scale(source, target, draw(st.floats(0, 3)), **when),
        nfs.Change(cell_type, time_constant=draw(st.floats(30, 200)) * ms, **when),
        *(
            nfs.Change(cell_type, **{name: each.default * each.unit / float(each.unit)}, **when)
            for name, each in dynamics.parameters.items()
        ),
        *(nfs.Modulate(name, draw(st.floats(-1, 1)), **when) for name in dynamics.modulators),
    ]
    return tuple(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3, unique_by=str)))


@pytest.mark.compile
@pytest.mark.parametrize("dynamics", DYNAMICS, ids=lambda each: getattr(each, "name", each))
@settings(deadline=None, max_examples=2, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), connectome=connectomes(), extent=st.integers(0, 2), seed=st.integers(0, 99))
def test_any_dynamics_gives_the_voltages_of_synapses(dynamics, data, connectome, extent, seed):
    dynamics = checked_dynamics(dynamics)
    rng = np.random.default_rng(seed)
    n_types = connectome.n_cell_types
    vector = [rng.uniform(0.03, 0.1, n_types), rng.normal(0, 1, n_types)]
    vector += [rng.uniform(0, 0.05, connectome.n_connections)]
    vector += [
        rng.uniform(each.lowest, each.highest, n_types) for each in dynamics.parameters.values()
    ]
    parameters = nfs.Parameters.from_vector(connectome, np.concatenate(vector), dynamics)
    own, plain = both(
        noise(extent, 2, 5, seed), connectome, parameters, extent=extent, dynamics=dynamics,
        initial="rest", perturbations=[None, data.draw(flies(connectome, dynamics))], seed=seed,
    )  # fmt: skip
    assert np.array_equal(np.isnan(own), np.isnan(plain))
    assert np.nanmax(abs(own - plain)) <= 1e-12


LATTICES = st.one_of(
    st.integers(0, 6).map(lambda extent: nfs.Lattice(extent=extent)),
    # A multiple of all strides that `connectomes` draws.
    st.just(nfs.Lattice(size=(6, 12))),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(connectomes(), LATTICES, st.integers(0, 99))
def test_the_taps_of_the_layout_are_the_pairs_of_the_network(connectome, lattice, seed):
    """The sum over taps, done plainly, is the sum over pairs."""
    rng = np.random.default_rng(seed)
    network = connectome.network(lattice)
    layout = make_layout(network, connectome.offsets)
    weight = rng.normal(size=len(connectome.offsets))
    output = rng.uniform(size=network.n_neurons)
    expected = np.zeros(network.n_neurons)
    np.add.at(
        expected, network.pair_target, weight[network.pair_offset] * output[network.pair_source]
    )
    packed, found = np.zeros(layout.n_positions), np.zeros(network.n_neurons)
    segments = list(
        zip(layout.segment_neuron, layout.segment_size, layout.segment_position, strict=True)
    )
    for index, (neuron, size, position) in enumerate(segments):
        assert not packed[position : position + size].any(), "nothing else lies there"
        packed[position : position + size] = output[neuron : neuron + size]
        copies = slice(*layout.segment_first_copy[index : index + 2])
        assert not packed[layout.copy_position[copies]].any()
        packed[layout.copy_position[copies]] = output[neuron + layout.copy_from[copies]]
    for index, (neuron, size, _) in enumerate(segments):
        for tap in range(*layout.segment_first_tap[index : index + 2]):
            at = layout.tap_position[tap]
            assert 0 <= at <= layout.n_positions - size
            found[neuron : neuron + size] += weight[layout.tap_offset[tap]] * packed[at : at + size]
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@given(connectomes(), LATTICES, st.integers(1, 5), st.integers(1, 40))
@settings(deadline=None, max_examples=30)
def test_shares_hold_each_segment_of_each_vector_once(connectome, lattice, n_vectors, n_shares):
    layout = make_layout(connectome.network(lattice), connectome.offsets)
    shares = layout.shares(n_vectors, n_shares)
    assert shares[0] == 0 and shares[-1] == n_vectors * layout.n_segments
    assert (np.diff(shares) >= 0).all() and len(shares) == n_shares + 1


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 4, 16]))
def test_lanes_are_arranged_and_taken_apart_without_loss(n_candidates, n_conditions, width):
    n_vectors = -(-n_candidates * n_conditions // width)
    lanes = Lanes(n_candidates, n_conditions, n_vectors, width)
    by_lane = np.random.default_rng(0).uniform(size=(lanes.n_lanes, 5))
    flat = lanes.arrange(by_lane)
    assert flat.reshape(n_vectors, 5, width)[-1, 3, -1] == by_lane[-1, 3]
    assert (lanes.by_lane(flat) == by_lane[: lanes.n_used]).all()
    picked = flat[lanes.indices(np.array([3, 1]), 5)]
    traces = lanes.traces(picked[None])
    expected = by_lane[: lanes.n_used, [3, 1]].reshape(n_candidates, n_conditions, 1, 2)
    assert (traces == expected).all()
    pairs = set(zip(lanes.candidate.tolist(), lanes.condition.tolist(), strict=True))
    assert len(pairs) == n_candidates * n_conditions


@pytest.fixture(scope="module")
def alone(connectome):
    """A program of one lane and one thread."""
    with nfs.compile(noise(2, 1), connectome=connectome, extent=2, threads=1) as program:
        yield program


@pytest.mark.compile
@pytest.mark.parametrize("n_candidates", [1, 3, 40])
@pytest.mark.parametrize("n_conditions", [1, 5, 16, 32, 50])
def test_voltages_do_not_depend_on_batches_or_threads(
    connectome, start, n_candidates, n_conditions, monkeypatch, alone
):
    """Few and many lanes, one weight a vector or one a lane, one thread or several: bit for bit."""
    candidates = [
        start.replace(
            resting_potential={"Mi1": 0.4 + 0.01 * k}, synapse_strength={("L1", "Mi1"): 0.01 * k}
        )
        for k in range(n_candidates)
    ]
    monkeypatch.setattr(lattice_engine, "WORTH_A_THREAD", 0)
    frames = noise(2, n_conditions)
    together = nfs.simulate(
        frames, connectome=connectome, parameters=candidates, extent=2, threads=3, progress=False
    ).voltage
    for k, c in {(0, 0), (n_candidates - 1, n_conditions - 1), (n_candidates // 2, 0)}:
        one = alone.run(candidates[k], frames[c], progress=False).voltage
        assert (together[k, c].to_numpy() == one[0, 0].to_numpy()).all()


@pytest.mark.compile
def test_a_program_runs_other_parameters_stimuli_and_voltages_without_compiling(
    connectome, start, random_parameters
):
    frames = noise(2, 2)
    with nfs.compile(frames, connectome=connectome, extent=2, initial="rest") as program:
        for parameters in (start, [random_parameters, start], random_parameters):
            for stimulus in (frames, noise(2, 5, seed=1)):
                again = program.run(parameters, stimulus, progress=False).voltage
                once = nfs.simulate(
                    stimulus,
                    connectome=connectome,
                    parameters=parameters,
                    extent=2,
                    initial="rest",
                    progress=False,
                ).voltage
                assert abs(again - once).max() < 1e-13
        with pytest.raises(nfs.InvalidValueError, match="compiled for 8"):
            program.run(start, frames[:, :3])


@pytest.mark.compile
def test_one_compilation_serves_every_lattice_and_every_batch(connectome, monkeypatch):
    """Also where there is one column, one candidate or one condition."""
    written, create = set(), CythonExtensionManager.create_extension

    def noted(self, code, *arguments, **options):
        if "sum_segment" in code:
            written.add(code)
        return create(self, code, *arguments, **options)

    monkeypatch.setattr(CythonExtensionManager, "create_extension", noted)
    for extent, n_conditions in ((0, 1), (2, 1), (2, 7)):
        shown = noise(extent, n_conditions)
        nfs.compile(shown, connectome=connectome, extent=extent, initial="rest").close()
    assert len(written) == 1


@pytest.mark.compile
def test_threads_make_each_share_of_each_job_once(tmp_path):
    """Jobs of different sizes follow each other, as steps and reductions do."""
    header = resources.files(code_objects.PACKAGE).joinpath("threads.h").read_text()
    (tmp_path / "threads.h").write_text(header)
    source = Path(__file__).with_name("threads_stress.cpp")
    program = tmp_path / "stress"
    subprocess.run(
        ["g++", "-O2", "-std=c++11", "-pthread", f"-I{tmp_path}", source, "-o", program], check=True
    )
    said = subprocess.run([program], capture_output=True, text=True, check=True, timeout=300)
    assert said.stdout == "0\n"
