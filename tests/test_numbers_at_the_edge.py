"""Numbers that are far from what a model has: computed rightly, or refused in a sentence."""

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, second

import neuroflysim as nfs

HUGE = [10**5, 10**6, 10**30]


@pytest.mark.parametrize("extent", HUGE)
@pytest.mark.parametrize(
    "enter",
    [
        lambda extent, c: nfs.Lattice(extent=extent),
        lambda extent, c: nfs.Lattice(size=(extent, extent)),
        lambda extent, c: nfs.Eye(extent),
        lambda extent, c: c.network(extent),
        lambda extent, c: nfs.Parameters.initial(c, extent=extent, seed=0),
        lambda extent, c: nfs.protocols.flash().luminance(extent),
        lambda extent, c: nfs.protocols.flash().plot(extent),
        lambda extent, c: nfs.compile(nfs.protocols.flash(), connectome=c, extent=extent),
        lambda extent, c: nfs.validate(extent=extent),
        lambda extent, c: nfs.compare(nfs.Parameters.uniform(c), extent=extent),
    ],
)
def test_an_extent_beyond_all_memory_is_told_before_it_is_taken(connectome, enter, extent):
    with pytest.raises(nfs.InvalidValueError, match=r"takes .* of memory, but .* free"):
        enter(extent, connectome)


def test_a_network_beyond_the_free_memory_is_told_though_its_lattice_is_not(
    connectome, monkeypatch
):
    monkeypatch.setattr("neuroflysim.machine.free_memory.free_memory", lambda: 8e9)
    assert nfs.Lattice(extent=300).n_columns == 270_901
    with pytest.raises(nfs.InvalidValueError, match=r"the network on a lattice of extent 300"):
        connectome.network(300)
    assert connectome.network(2).lattice.n_columns == 19


@pytest.mark.parametrize("words", [["compare"], ["connectome"], ["simulate", "flash"]])
def test_the_command_line_blames_the_extent(words, run_command, tmp_path):
    output = ["-o", str(tmp_path / "x.nc")] if words[0] == "simulate" else []
    for extent in ("-2", "100000"):
        code, _, told = run_command(*words, "--extent", extent, *output)
        assert code == 2
        assert told.startswith("neuroflysim:")
        assert "extent" in told
        assert "study.yaml" not in told


@pytest.mark.compile
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shortest", [1e-300, 1e-30, 1e-7])
def test_the_exponential_method_is_at_its_input_when_time_constants_are_far_below_a_step(
    few_types, dtype, shortest
):
    start = nfs.Parameters.uniform(few_types)
    index = few_types.cell_types.index

    def shown(time_constant):
        parameters = nfs.Parameters.from_tables(
            few_types,
            time_constant=pd.Series(time_constant, index),
            resting_potential=start.resting_potential,
            synapse_strength=start.synapse_strength,
        )
        return nfs.simulate(
            np.random.default_rng(0).uniform(size=(10, 7)), connectome=few_types,
            parameters=parameters, extent=1, time_step=20 * ms, dtype=dtype,
            method="exponential_euler", progress=False,
        ).voltage.to_numpy()  # fmt: skip

    assert np.allclose(shown(shortest), shown(1e-6), rtol=0, atol=1e-6)


@pytest.mark.compile
def test_types_of_numpy_stand_for_their_names(connectome, start):
    shown = nfs.protocols.flash(stim_time=40 * ms, pre_time=0 * ms, tail_time=0 * ms)
    for dtype in (np.float32, np.dtype("float32"), "float32"):
        assert shown.luminance(1, 20 * ms, dtype=dtype).dtype == np.float32
    with nfs.compile(shown, connectome=connectome, extent=0, dtype=np.float32) as program:
        assert program.run(start, progress=False).voltage.dtype == np.float32
    for wrong in (np.int32, "float16", None, 3):
        with pytest.raises(nfs.InvalidValueError, match="dtype is"):
            nfs.compile(shown, connectome=connectome, extent=0, dtype=wrong)


@pytest.mark.compile
def test_what_is_masked_is_refused(connectome, start):
    frames = np.ma.masked_greater(np.linspace(0, 1, 14).reshape(2, 7), 0.8)
    options = {"connectome": connectome, "parameters": start, "extent": 1}
    with pytest.raises(nfs.InvalidValueError, match="stimulus is masked at index"):
        nfs.simulate(frames, **options)
    voltages = np.ma.masked_all(connectome.network(1).n_neurons)
    with pytest.raises(nfs.InvalidValueError, match="initial is masked at index"):
        nfs.simulate(frames.filled(0.5), initial=voltages, **options)
    with pytest.raises(nfs.InvalidValueError, match="masked at index"):
        nfs.Parameters.from_vector(connectome, np.ma.masked_less(start.to_vector(), 0.02))
    with pytest.raises(nfs.InvalidValueError, match="angle is masked at index"):
        nfs.protocols.moving_edge(angle=np.ma.masked_equal([0, 90], 90))


@pytest.mark.parametrize(
    ("setting", "told"),
    [("speed=-20 deg/s", "-20 deg/s"), ("speed=20 deg/s,-0.5 deg/s", "-0.5 deg/s")],
)
def test_a_speed_is_told_as_it_was_written(setting, told, run_command, tmp_path):
    words = ["simulate", "moving_edge", "--set", setting, "-o", str(tmp_path / "x.nc")]
    code, _, error = run_command(*words)
    assert code == 2
    assert f"speed is {told}, but" in error
    assert "Hz" not in error


def test_a_frequency_and_a_duration_are_told_in_their_units():
    with pytest.raises(nfs.InvalidValueError, match="is -2 Hz, but"):
        nfs.checks.positive_quantities("frequency", [-2] * Hz, Hz, "2*Hz")
    with pytest.raises(nfs.InvalidValueError, match="is -2 ms, but"):
        nfs.checks.positive_quantities("period", [1, -2] * ms, second, "2*ms")
