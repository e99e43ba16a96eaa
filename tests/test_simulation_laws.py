"""What must hold of any simulation, checked against solutions that do not come from Brian2."""

import os
import pickle

import numpy as np
import pandas as pd
import pytest
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim.simulation.grey import lead_steps


def simulate(stimulus, connectome, parameters, **options):
    defaults = {"extent": 2, "time_step": 20 * ms, "progress": False}
    return nfs.simulate(
        stimulus, connectome=connectome, parameters=parameters, **{**defaults, **options}
    )


def noise(extent, n_steps=30, n_conditions=None, seed=0):
    shape = (n_steps, nfs.Lattice(extent=extent).n_columns)
    return np.random.default_rng(seed).uniform(
        size=shape if n_conditions is None else (n_conditions, *shape)
    )


@pytest.mark.compile
@pytest.mark.parametrize("method", ["euler", "exponential_euler"])
@pytest.mark.parametrize("extent", [1, 4])
def test_voltages_equal_those_of_a_sparse_matrix_product(
    connectome, random_parameters, scipy_run, extent, method
):
    frames = noise(extent)
    own = simulate(
        frames,
        connectome,
        random_parameters,
        extent=extent,
        method=method,
        initial="rest",
        record="all",
    )
    other = scipy_run(random_parameters, extent, frames, 0.02, method)
    assert abs(own.voltage[0, 0].to_numpy() - other).max() < 1e-12


def isolated(time_constant):
    """One cell type that sees light and has no input but a connection of strength zero."""
    cell_types = pd.DataFrame(
        {"cell_type": ["R"], "stride_u": 1, "stride_v": 1, "photoreceptor": True, "output": True}
    )
    connections = pd.DataFrame(
        {"source_type": ["R"], "target_type": ["R"], "sign": [1], "sign_reference": [""]}
    )
    offsets = pd.DataFrame(
        {
            "source_type": ["R"],
            "target_type": ["R"],
            "du": 0,
            "dv": 0,
            "synapse_count": 1.0,
            "filled": False,
        }
    )
    connectome = nfs.Connectome(cell_types, connections, offsets)
    return connectome, nfs.Parameters.from_tables(
        connectome,
        time_constant={"R": time_constant},
        resting_potential=0.25,
        synapse_strength={("R", "R"): 0.0},
    )


@pytest.mark.compile
@pytest.mark.parametrize("time_constant", [5 * ms, 50 * ms])
def test_exponential_euler_is_exact_for_a_cell_without_inputs(time_constant):
    connectome, parameters = isolated(time_constant)
    own = simulate(
        np.ones((20, 1)),
        connectome,
        parameters,
        extent=0,
        initial="rest",
        method="exponential_euler",
    ).voltage[0, 0, :, 0]
    exact = 0.25 + 1 - np.exp(-own["time"].to_numpy() / float(time_constant))
    assert abs(own.to_numpy() - exact).max() < 1e-14


@pytest.mark.compile
def test_euler_raises_time_constants_below_the_step_to_the_step():
    connectome, parameters = isolated(5 * ms)
    own = simulate(np.ones((3, 1)), connectome, parameters, extent=0, initial="rest")
    assert own.voltage.to_numpy().ravel() == pytest.approx([1.25, 1.25, 1.25])


@pytest.mark.compile
@pytest.mark.parametrize("method", ["euler", "exponential_euler"])
def test_the_error_falls_in_proportion_to_the_step(connectome, random_parameters, method):
    """First order: halving the step halves the error, against a step 64 times finer."""
    slow = nfs.Parameters.from_tables(
        connectome,
        time_constant=random_parameters.time_constant.clip(lower=0.03),
        resting_potential=random_parameters.resting_potential,
        synapse_strength=random_parameters.synapse_strength,
    )
    flash = nfs.protocols.flash(intensity=1, pre_time=0 * ms, stim_time=80 * ms, tail_time=80 * ms)

    def run(step):
        voltage = simulate(
            flash, connectome, slow, extent=1, initial="rest", time_step=step * ms, method=method
        ).voltage[0, 0]
        stride = round(16 / step)
        return voltage[stride - 1 :: stride].to_numpy()

    fine = run(0.0625)
    errors = [abs(run(step) - fine).max() for step in (8, 4, 2, 1)]
    orders = -np.diff(np.log2(errors))
    assert ((orders > 0.85) & (orders < 1.2)).all()


@pytest.mark.compile
def test_exponential_euler_is_stable_where_the_step_is_four_time_constants(connectome, start):
    quick = nfs.Parameters.from_tables(
        connectome,
        time_constant=5 * ms,
        resting_potential=start.resting_potential,
        synapse_strength=start.synapse_strength,
    )
    own = simulate(
        np.full((200, 19), 0.5), connectome, quick, method="exponential_euler", record="all"
    ).voltage[0, 0]
    assert abs(own).max() < 5
    assert abs(own[-1] - own[-2]).max() < 1e-9


@pytest.mark.compile
@pytest.mark.parametrize(
    ("device", "initial"), [("runtime", "rest"), ("runtime", "grey"), ("cpp_standalone", "grey")]
)
def test_candidates_and_conditions_do_not_see_each_other(
    connectome, start, random_parameters, device, initial
):
    frames = noise(2, n_conditions=2)
    together = simulate(
        frames, connectome, [start, random_parameters], device=device, initial=initial
    ).voltage
    assert together.shape == (2, 2, 30, 65)
    with nfs.compile(
        frames[0],
        connectome=connectome,
        extent=2,
        device=device,
        initial=initial,
        time_step=20 * ms,
    ) as program:
        for k, parameters in enumerate([start, random_parameters]):
            for c in (1, 0):
                alone = program.run(parameters, frames[c], progress=False)
                assert (alone.voltage[0, 0].to_numpy() == together[k, c].to_numpy()).all()


@pytest.mark.compile
def test_float32_stays_within_rounding_of_float64(connectome, random_parameters):
    double, single = (
        simulate(noise(3), connectome, random_parameters, extent=3, dtype=dtype).voltage
        for dtype in ("float64", "float32")
    )
    assert 0 < abs(double - single).max() < 1e-5


@pytest.mark.compile
def test_grey_is_one_second_of_luminance_one_half_from_rest(connectome, random_parameters):
    frames = noise(2)
    longer = np.concatenate([np.full((50, 19), 0.5), frames])
    grey = simulate(frames, connectome, random_parameters, initial="grey")
    rest = simulate(longer, connectome, random_parameters, initial="rest")
    assert (grey.voltage[0, 0].to_numpy() == rest.voltage[0, 0, 50:].to_numpy()).all()


@pytest.mark.compile
def test_a_run_continues_from_its_last_voltages(connectome, random_parameters):
    frames = noise(2)
    whole = simulate(frames, connectome, random_parameters, record="all").voltage
    first = simulate(frames[:11], connectome, random_parameters, record="all").voltage
    then = simulate(
        frames[11:], connectome, random_parameters, record="all", initial=first[0, 0, -1]
    ).voltage
    assert (then[0, 0].to_numpy() == whole[0, 0, 11:].to_numpy()).all()


@pytest.mark.compile
def test_recording_less_gives_parts_of_recording_all(connectome, start):
    everything, central, some = (
        simulate(noise(2), connectome, start, record=record)
        for record in ("all", "central", ["T5b", "Lawf1"])
    )
    assert (everything.central().voltage == central.voltage).all()
    assert everything.central().voltage.dims == central.voltage.dims
    voltage = everything.voltage
    for name in ("T5b", "Lawf1"):
        whole = voltage[..., (voltage["cell_type"] == name).to_numpy()]
        part = some.voltage[..., (some.voltage["cell_type"] == name).to_numpy()]
        assert (whole.to_numpy() == part.to_numpy()).all()
    assert set(some.voltage["cell_type"].to_numpy()) == {"T5b", "Lawf1"}


@pytest.mark.compile
def test_time_counts_from_onset_and_samples_are_ends_of_steps(connectome, start):
    flash = nfs.protocols.flash(intensity=1, pre_time=100 * ms, stim_time=100 * ms)
    voltage = simulate(flash, connectome, start).voltage[0, 0].sel(cell_type="R1")
    change = abs(voltage - voltage[0]) > 1e-3
    # The first step of light begins at 0 s and ends one step later.
    assert float(voltage["time"][int(change.argmax("time"))]) == pytest.approx(0.02)


@pytest.mark.compile
def test_other_dynamics_need_nothing_but_their_equations(connectome, start):
    """Adaptation: with strength 0 nothing changes, with more the step response sags."""

    def adapting(strength):
        return nfs.Dynamics(
            name="adapting",
            equations="""
            dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance
                           - adaptation) / time_constant : 1
            dadaptation/dt = (strength*voltage - adaptation) / adaptation_time : 1
            output = voltage*int(voltage > 0) : 1
            """,
            constants={"strength": strength, "adaptation_time": 300 * ms},
        )

    bright = np.ones((60, 19))
    plain = simulate(bright, connectome, start).voltage
    same = simulate(bright, connectome, start, dynamics=adapting(0.0)).voltage
    less = simulate(bright, connectome, start, dynamics=adapting(0.5)).voltage
    assert abs(plain - same).max() < 1e-12
    receptor = less[0, 0].sel(cell_type="R1")
    assert float(receptor.max()) - float(receptor[-1]) > 0.02


@pytest.mark.compile
@pytest.mark.parametrize("device", ["runtime", "cpp_standalone"])
def test_runaway_activity_stops_with_the_cell_type_and_the_time(connectome, start, device):
    explosive = start.replace(synapse_strength={("T4a", "T4a"): 30.0})
    with pytest.raises(nfs.RunawayActivityError, match=r"voltage of T4a at column .* [0-9.]+ s"):
        simulate(np.full((200, 19), 0.5), connectome, explosive, device=device, initial="rest")


@pytest.mark.compile
def test_voltages_that_are_not_a_number_are_runaway_activity(connectome, start):
    silent = nfs.Dynamics(
        name="root",
        equations="""
        dvoltage/dt = (-voltage + sqrt(resting_potential - 100) + 0*luminance) / time_constant : 1
        output = voltage : 1
        """,
    )
    for n_steps in (3, 1):  # in a single step, too: nothing looks at it during the run
        for engine in ("lattice", "synapses"):
            with pytest.raises(nfs.RunawayActivityError, match=r"R1 .* at 0\.02 s"):
                simulate(
                    np.full((n_steps, 19), 0.5),
                    connectome,
                    start,
                    initial="rest",
                    dynamics=silent,
                    engine=engine,
                )


@pytest.mark.compile
def test_units_and_provenance_travel_with_the_voltages(connectome, start, tmp_path):
    responses = simulate(nfs.protocols.moving_edge(), connectome, start)
    responses.save(tmp_path / "edges.nc")
    again = nfs.load_responses(tmp_path / "edges.nc").voltage
    assert (again == responses.voltage).all()
    assert again.attrs["connectome_sha256"] == connectome.checksum
    assert again.attrs["method"] == "euler"
    assert again["time"].attrs["units"] == "s"
    assert again["angle"].to_numpy().tolist() == responses.voltage["angle"].to_numpy().tolist()
    responses.save(tmp_path / "edges.csv")
    table = pd.read_csv(tmp_path / "edges.csv", comment="#")
    assert len(table) == responses.voltage.size
    assert {"candidate", "condition", "time", "cell_type", "angle", "voltage"} <= set(table)


@pytest.mark.compile
def test_frames_of_a_protocol_keep_its_times_and_conditions(connectome, start):
    protocol = nfs.protocols.flash(pre_time=100 * ms)
    own = simulate(protocol, connectome, start).voltage
    frames = protocol.luminance(2, 20 * ms).transpose("column", "time", "condition")
    other = simulate(frames, connectome, start).voltage
    assert own.identical(other)
    assert 0.3 in own["time"].to_numpy()


@pytest.mark.compile
def test_runaway_activity_in_the_grey_second_is_named_with_its_time(connectome, start):
    explosive = start.replace(synapse_strength={("T4a", "T4a"): 30.0})
    messages = set()
    for device in ("runtime", "cpp_standalone"):
        for engine in ("lattice", "synapses"):
            with pytest.raises(
                nfs.RunawayActivityError, match=r"of T4a at .* at -0\.\d+ s"
            ) as caught:
                simulate(noise(2), connectome, explosive, device=device, engine=engine)
            messages.add(str(caught.value))
    assert len(messages) == 1, "all find the same cell at the same time"


@pytest.mark.compile
def test_constants_of_the_dynamics_may_shape_the_output(connectome, start):
    def saturating(most):
        return nfs.Dynamics(
            name="saturating",
            equations="""
            dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance)
                          / time_constant : 1
            output = clip(voltage, 0, most) : 1
            """,
            constants={"most": most},
        )

    plain = simulate(noise(2), connectome, start).voltage
    high = simulate(noise(2), connectome, start, dynamics=saturating(99)).voltage
    low = simulate(noise(2), connectome, start, dynamics=saturating(0.3)).voltage
    assert abs(plain - high).max() < 1e-12
    assert abs(plain - low).max() > 0.1


@pytest.mark.compile
def test_state_variables_may_have_units(connectome, start):
    dynamics = nfs.Dynamics(
        name="with a current",
        equations="""
        dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance + current/namp)
                      / time_constant : 1
        dcurrent/dt = -current/(20*ms) : amp
        output = voltage*int(voltage > 0) : 1
        """,
    )
    own = simulate(noise(2), connectome, start, dynamics=dynamics, device="cpp_standalone").voltage
    assert abs(own - simulate(noise(2), connectome, start).voltage).max() < 1e-12


@pytest.mark.compile
def test_a_lattice_without_pairs_has_cells_that_see_only_light(connectome):
    isolated_connectome, _ = isolated(50 * ms)
    offsets = isolated_connectome.offsets.assign(du=1)
    apart = nfs.Connectome(isolated_connectome.cell_types, isolated_connectome.connections, offsets)
    parameters = nfs.Parameters.from_tables(
        apart, time_constant=50 * ms, resting_potential=0.0, synapse_strength={("R", "R"): 1.0}
    )
    for engine in ("lattice", "synapses"):
        own = (
            simulate(
                np.ones((4, 1)),
                apart,
                parameters,
                extent=0,
                initial="rest",
                engine=engine,
                method="exponential_euler",
            )
            .voltage.to_numpy()
            .ravel()
        )
        assert own == pytest.approx(1 - np.exp(-0.02 * np.arange(1, 5) / 0.05))


@pytest.mark.compile
def test_time_step_may_be_any_duration(connectome, start):
    assert simulate(noise(1), connectome, start, extent=1, time_step=0.013 * second).voltage[
        "time"
    ].to_numpy()[-1] == pytest.approx(30 * 0.013)


@pytest.mark.parametrize("rate", [50, 93, 99, 105])
def test_grey_lasts_one_second_whatever_the_step(rate):
    assert lead_steps(1 / rate) == rate


@pytest.mark.compile
def test_a_closed_program_says_so(connectome, start):
    program = nfs.compile(noise(1, 2), connectome=connectome, extent=1, initial="rest")
    program.close()
    with pytest.raises(nfs.SimulationError, match="closed"):
        program.run(start)


@pytest.mark.compile
def test_a_program_stays_in_its_process(connectome, start):
    """Forked processes would read each other's values from the same files."""
    with nfs.compile(
        noise(1, 2), connectome=connectome, extent=1, initial="rest", device="cpp_standalone"
    ) as program:
        with pytest.raises(nfs.SimulationError, match="another process"):
            pickle.dumps(program)
        child = os.fork()
        if child == 0:
            try:
                program.run(start, progress=False)
            except nfs.SimulationError as error:
                os._exit(0 if "compiled by another process" in str(error) else 2)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        program.run(start, progress=False)
