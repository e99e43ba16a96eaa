"""White noise in equations: which numbers are drawn, and that nothing else matters."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from attrs import evolve
from brian2 import Hz, ms, prefs
from scipy.stats import norm

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED, NOISY
from neuroflysim.simulation.counter_noise import UNIT, deviates, normals, quantiles, threefry
from neuroflysim.simulation.lattice_engine import engine as lattice_engine

PI = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
MORE_PI = [0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89]

#: A cell that nothing drives: an Ornstein-Uhlenbeck process.
ALONE = nfs.Dynamics(
    name="alone",
    equations="""
    dvoltage/dt = (resting_potential - voltage)/time_constant + sigma*sqrt(2/time_constant)*xi : 1
    output = voltage*int(voltage > 0) : 1
    """,
    constants={"sigma": 0.2},
)
STEP = 10 * ms


# --- the generator -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rounds", "counter", "key", "expected"),
    [
        (13, [0] * 4, [0] * 4, "531c7e4f 39491ee5 2c855a92 3d6abf9a"),
        (13, [2**32 - 1] * 4, [2**32 - 1] * 4, "c4189358 1c9cc83a d5881c67 6a0a89e0"),
        (13, PI, MORE_PI, "4aa71d8f 734738c2 431fc6a8 ae6debf1"),
        (20, [0] * 4, [0] * 4, "9c6ca96a e17eae66 fc10ecd4 5256a7d8"),
        (20, [2**32 - 1] * 4, [2**32 - 1] * 4, "2a881696 57012287 f6c7446e a16a6732"),
        (20, PI, MORE_PI, "59cd1dbb b8879579 86b5d00c ac8b6d84"),
    ],
)
def test_threefry_gives_the_answers_that_random123_knows(rounds, counter, key, expected):
    assert " ".join(f"{word:08x}" for word in threefry(counter, key, rounds)) == expected


def every_size():
    """Return each size that a deviate can have, and how probable it is, larger ones first."""
    segment = np.repeat(np.arange(62), 4096)
    x = np.tile(np.arange(4096), 62)
    octave, half = np.divmod(segment, 2)
    width = 2.0**octave / 2 / 4096
    first = 2.0**octave * (1 + half / 2) + width * x
    a, bend = quantiles()[:, segment]
    size = (a + x * ((bend >> 16) + (((bend & 0xFFFF) * x) >> 12))) * UNIT
    return size, width / 2**31, (first + width / 2) / 2**32


def test_deviates_have_the_moments_of_the_normal_distribution():
    size, probability, _ = every_size()
    for power, exact in ((2, 1), (4, 3), (6, 15), (8, 105)):
        assert (probability * size**power).sum() == pytest.approx(exact, rel=3e-5)


def test_deviates_have_the_quantiles_of_the_normal_distribution_out_to_six():
    size, _, beyond = every_size()
    assert size.max() > 6.2
    assert np.diff(size.reshape(62, 4096)).max() < 2e-5  # it is rounded
    assert abs(size - norm.isf(beyond)).max() < 4e-4  # standard deviations
    assert abs(norm.sf(size) / beyond - 1).max() < 1e-3


def test_a_word_with_its_last_bit_turned_is_the_opposite_deviate():
    words = np.random.default_rng(0).integers(2**32, size=10_000, dtype=np.uint32)
    assert (deviates(words) == -deviates(words ^ np.uint32(1 << 31))).all()


PLACES = ("candidate", "condition", "trial", "step", "cell", "which")


@pytest.mark.slow
@pytest.mark.parametrize("varied", PLACES)
def test_deviates_of_other_places_are_independent(varied):
    many = {varied: np.arange(200_000)}
    own = normals(seed=1, **many)
    assert abs(own.mean()) < 5 / np.sqrt(200_000)
    assert own.var() == pytest.approx(1, abs=5 * np.sqrt(2 / 200_000))
    others = [normals(seed=2, **many), own[::-1]]
    others += [normals(seed=1, **many, **{name: 1}) for name in PLACES if name != varied]
    others += [np.roll(own, lag) for lag in (1, 2, 3, 4, 8)]
    for other in others:
        for power in (1, 2, 3):  # not only uncorrelated
            assert abs(np.corrcoef(own**power, other**power)[0, 1]) < 5 / np.sqrt(200_000)


def test_a_number_depends_on_where_it_belongs_and_on_nothing_else():
    place = {"seed": 2**40 + 7, "candidate": 3, "condition": 2, "trial": 1, "step": 9, "which": 1}
    together = normals(**place, cell=np.arange(50))
    assert [float(normals(**place, cell=cell)) for cell in range(50)] == together.tolist()


# --- what is drawn in a simulation ----------------------------------------------------------------


@pytest.fixture(scope="module")
def shown():
    return np.random.default_rng(0).uniform(size=(2, 12, 19))


@pytest.fixture(scope="module")
def options(connectome, start, random_parameters, shown):
    return {
        "stimulus": shown,
        "connectome": connectome,
        "parameters": [start, random_parameters],
        "extent": 2,
        "time_step": STEP,
        "record": "all",
        "progress": False,
    }


@pytest.fixture(scope="module")
def noisy(options):
    return simulated(options)


def simulated(options, **other):
    return nfs.simulate(**{**options, "dynamics": NOISY, "trials": 3, "seed": 5, **other}).voltage


def about_rest(voltage, parameters):
    """Return voltages minus the resting potential of their cell."""
    rest = parameters.resting_potential[voltage["cell_type"].to_numpy()].to_numpy()
    return voltage.to_numpy() - rest


@pytest.mark.compile
def test_a_cell_draws_the_numbers_of_its_place_from_the_first_step_of_grey_on(options):
    voltage = simulated(options, dynamics=ALONE, seed=2**33 + 1)
    tau, rest = (
        np.stack([getattr(p, name)[voltage["cell_type"]] for p in options["parameters"]])
        for name in ("time_constant", "resting_potential")
    )
    tau = np.maximum(tau, 0.01)[:, None, None]
    rest = rest[:, None, None]
    at = np.ogrid[:2, :2, :3, : voltage.sizes["neuron"]]
    place = dict(zip(("candidate", "condition", "trial", "cell"), at, strict=True))
    expected = np.broadcast_to(rest, (2, 2, 3, voltage.sizes["neuron"])).copy()
    for step in range(112):
        drawn = normals(seed=2**33 + 1, step=step, **place)
        expected += 0.01 * (rest - expected) / tau + 0.2 * np.sqrt(2 * 0.01 / tau) * drawn
        if step >= 100:
            found = voltage.isel(time=step - 100).to_numpy()
            assert abs(found - expected).max() < 1e-12


@pytest.mark.compile
def test_an_ornstein_uhlenbeck_cell_has_the_variance_that_eulers_method_gives_it(connectome, start):
    frames = np.zeros((2, 200, 37))
    voltage = nfs.simulate(
        frames, connectome=connectome, parameters=start, extent=3, time_step=STEP, dynamics=ALONE,
        trials=4, record="all", progress=False,
    ).voltage.isel(time=slice(0, None, 20))  # fmt: skip
    tau = max(float(start.time_constant.iloc[0]), 0.01)
    assert np.unique(start.time_constant).size == 1
    decay = 1 - 0.01 / tau
    # Of the recursion v' = decay v + sigma sqrt(2 dt / tau) n; sigma^2 for short steps.
    exact = 0.2**2 * (2 * 0.01 / tau) / (1 - decay**2)
    remembered = decay**40  # of squares, after 20 steps
    n = voltage.size * (1 - remembered) / (1 + remembered)
    apart = about_rest(voltage, start)
    assert float((apart**2).mean()) == pytest.approx(exact, rel=5 * np.sqrt(2 / n))


@pytest.mark.compile
def test_engines_give_the_same_voltages(options, noisy):
    other = simulated(options, engine="synapses")
    assert float(noisy.std("trial").mean()) > 0.02
    assert abs(other - noisy).max() < 1e-12


@pytest.mark.compile
def test_a_compiled_program_gives_the_same_voltages(options, noisy):
    assert abs(simulated(options, device="cpp_standalone") - noisy).max() < 1e-12


@pytest.mark.compile
def test_without_a_compiler_the_same_numbers_are_drawn(options, noisy, monkeypatch):
    monkeypatch.setitem(prefs, "codegen.target", "numpy")
    start = options["parameters"][0]
    other = simulated(options, engine="synapses", parameters=start, trials=1)
    assert abs(other - noisy[:1, :, :1]).max() < 1e-12


@pytest.mark.compile
def test_a_lane_does_not_depend_on_those_beside_it(options, noisy, shown):
    start = options["parameters"][0]
    for other, same in (
        (simulated(options, parameters=start, stimulus=shown[:1]), noisy[:1, :1]),
        (simulated(options, parameters=start, trials=1), noisy[:1, :, :1]),
        (simulated(options, trials=2), noisy[:, :, :2]),
    ):
        assert (other.to_numpy() == same.to_numpy()).all()
    alone = simulated(options, parameters=start, trials=None)
    assert "trial" not in alone.dims
    assert (alone.to_numpy() == noisy[:1, :, 0].to_numpy()).all()


@pytest.mark.compile
def test_threads_memory_and_the_frames_wanted_change_no_bit(options, noisy, monkeypatch):
    monkeypatch.setattr(lattice_engine, "WORTH_A_THREAD", 0)
    two = simulated(options, threads=2)
    assert (two == noisy).all()
    with nfs.compile(
        **{k: v for k, v in options.items() if k not in ("parameters", "progress")},
        dynamics=NOISY, trials=3, seed=5,
    ) as program:  # fmt: skip
        needed = program._options.run_memory
        some = program.run(options["parameters"], until=[12, 7], progress=False).voltage
        second = program.run(options["parameters"][1], first_number=1, progress=False).voltage
        other = program.run(options["parameters"], seed=6, progress=False).voltage
    assert (second == noisy[1:]).all()
    assert (some[:, 0] == noisy[:, 0]).all()
    assert (some[:, 1, :, :7] == noisy[:, 1, :, :7]).all()
    assert some[:, 1, :, 7:].isnull().all()
    assert not (other == noisy).any()
    limit = 0.7 * needed + 2 * noisy.nbytes
    assert (simulated(options, memory_limit=limit) == noisy).all()


@pytest.mark.compile
def test_each_candidate_condition_trial_and_cell_has_noise_of_its_own(options, shown):
    start = options["parameters"][0]
    same = np.repeat(shown[:1], 2, axis=0)
    voltage = simulated(options, dynamics=ALONE, parameters=[start, start], stimulus=same)
    # By candidate, condition and trial.
    apart = about_rest(voltage.isel(time=-1), start).reshape(12, -1)
    between = np.corrcoef(apart)[~np.eye(12, dtype=bool)]
    assert abs(between).max() < 5 / np.sqrt(apart.shape[1])
    assert abs(np.corrcoef(apart[:, :-1].ravel(), apart[:, 1:].ravel())[0, 1]) < 5 / np.sqrt(
        apart.size
    )


@pytest.mark.compile
def test_a_perturbed_fly_differs_by_what_was_done_and_not_by_its_noise(options):
    flies = [None, nfs.Activate("T4a", 0.5, start=60 * ms)]
    voltage = simulated(options, perturbations=flies, trials=2)
    assert voltage["perturbation"].to_numpy().tolist()[::2] == ["intact"] * 2
    before = voltage["time"].to_numpy() <= 0.06 + 1e-9
    intact, activated = voltage[::2].to_numpy(), voltage[1::2].to_numpy()
    assert (intact[..., before, :] == activated[..., before, :]).all()
    assert (intact[..., ~before, :] != activated[..., ~before, :]).any()


@pytest.mark.compile
def test_a_network_settles_or_not_whatever_its_noise(connectome, recwarn):
    flash = nfs.protocols.flash(intensity=1, stim_time=40 * ms, pre_time=0 * ms, tail_time=0 * ms)
    options = {"connectome": connectome, "extent": 3, "dynamics": NOISY, "progress": False}
    parameters = nfs.load_parameters("flow/001")
    nfs.simulate(flash, parameters=parameters, time_step=10 * ms, **options)
    assert not [one for one in recwarn if one.category is nfs.UnsettledWarning]
    with pytest.raises(nfs.UnsettledError, match=r"step of 33\.3 ms"):
        nfs.simulate(flash, parameters=parameters, time_step=33.3 * ms, **options)


@pytest.mark.compile
def test_without_sigma_the_noisy_model_is_the_published_one(options, monkeypatch):
    monkeypatch.setitem(prefs, "codegen.target", "numpy")
    silent = evolve(NOISY, constants={"sigma": 0.0})
    voltage = simulated(options, dynamics=silent, trials=1, engine="synapses").isel(trial=0)
    published = nfs.simulate(**options, dynamics=GRADED, engine="synapses").voltage
    assert abs(voltage - published).max() < 1e-13
    assert "seed" not in published.attrs


@pytest.mark.compile
def test_products_are_summed_of_the_same_noise(options):
    sums = nfs.SumsOfProducts(["Mi1", "Tm3"])
    shown = np.random.default_rng(1).uniform(size=(2, 12, 36))
    compiled = {
        "connectome": options["connectome"], "lattice": nfs.Lattice(size=6), "time_step": STEP,
        "record": ["Mi1"], "dynamics": NOISY, "reduction": sums, "seed": 3,
    }  # fmt: skip
    with nfs.compile(shown, **compiled) as program:
        products = program.reduce(options["parameters"], progress=False)
        voltage = program.run(options["parameters"], progress=False).voltage
    expected = voltage.clip(min=0).sum(["time", "neuron"])
    found = products.sel(feature="one", other_feature="Mi1")
    assert abs(found.to_numpy() - expected.to_numpy()).max() < 1e-9
    with (
        nfs.compile(shown, **compiled, trials=2) as program,
        pytest.raises(nfs.InvalidValueError, match=r"2 trials.*compile it without trials"),
    ):
        program.reduce(options["parameters"])


# --- trials --------------------------------------------------------------------------------------


@pytest.mark.compile
def test_responses_tell_seed_and_trials_and_come_back_from_a_file(noisy, tmp_path):
    assert noisy.dims == ("candidate", "condition", "trial", "time", "neuron")
    assert noisy["trial"].to_numpy().tolist() == [0, 1, 2]
    assert (noisy.attrs["seed"], noisy.attrs["trials"]) == (5, 3)
    nfs.Responses(noisy).save(tmp_path / "noisy.nc")
    again = nfs.load_responses(tmp_path / "noisy.nc")
    assert (again.voltage == noisy).all()
    mean = again.mean_over_trials().voltage
    assert mean.dims == ("candidate", "condition", "time", "neuron")
    assert (mean == noisy.mean("trial")).all()


def responses_with_trials(n_trials=50, noise=0.5):
    time = np.round(np.arange(-10, 31) * 0.02, 12)
    signal = np.sin(10 * time) * (time > 0)
    draws = np.random.default_rng(0).normal(size=(n_trials, len(time)))
    voltage = (signal + noise * draws)[None, None, :, :, None]
    return nfs.Responses(
        xr.DataArray(
            voltage,
            dims=("candidate", "condition", "trial", "time", "cell_type"),
            coords={"time": time, "cell_type": ["Mi1"]},
        )
    ), signal


def test_the_ceiling_of_a_models_trials_is_that_of_a_recording_of_the_same_voltages():
    rng = np.random.default_rng(4)
    time = np.round(np.arange(-5, 35) * 0.02, 12)
    values = rng.normal(size=(2, 2, 3, 40, 2)) + 2 * np.sin(9 * time)[:, None]
    model = nfs.Responses(
        xr.DataArray(
            values, dims=("candidate", "condition", "trial", "time", "cell_type"),
            coords={"time": time, "cell_type": ["Mi1", "T4a"], "angle": ("condition", [0, 90])},
        )
    )  # fmt: skip
    bounds = {"begin": 100 * ms, "end": 400 * ms}
    table = nfs.recordings.noise_ceiling(model, **bounds)
    assert len(table) == 8
    for row in table.to_dict("records"):
        of_type = ["Mi1", "T4a"].index(row["cell_type"])
        assert row["angle"] == [0, 90][row["condition"]]
        trials = nfs.Recording.from_array(
            values[row["candidate"], row["condition"], :, :, of_type],
            rate=50 * Hz, unit="1", cell_type="Mi1", onsets=100 * ms,
        )  # fmt: skip
        (own,) = nfs.recordings.noise_ceiling(trials, **bounds).to_dict("records")
        for name in ("n_trials", "signal_power", "noise_power", "noise_ceiling"):
            assert row[name] == pytest.approx(own[name], rel=1e-9)
    with pytest.raises(nfs.errors.InvalidValueError, match="have no trials"):
        nfs.recordings.noise_ceiling(model.mean_over_trials())


def recorded(traces, time):
    from neuroflysim.recordings.recording import ONSET

    return nfs.recordings.Recording(
        xr.DataArray(
            traces, dims=("trial", "time"),
            coords={"time": time, "cell_type": ("trial", ["Mi1"] * len(traces))},
            attrs={"units": "mV", "time_zero": ONSET},
        )
    )  # fmt: skip


def test_a_recording_is_compared_with_trials_of_the_model_and_both_ceilings_are_told():
    from neuroflysim.recordings.trial_noise import powers

    responses, signal = responses_with_trials()
    time = responses.voltage["time"].to_numpy()
    flies = signal + 0.5 * np.random.default_rng(1).normal(size=(50, len(time)))
    table = nfs.recordings.compare_recording(responses, recorded(flies, time), max_lag=0 * ms)
    (row,) = table.to_dict("records")
    assert (row["n_trials"], row["n_model_trials"]) == (50, 50)
    assert row["noise_ceiling"] == powers(flies)[2]
    assert row["model_noise_ceiling"] == powers(responses.voltage.to_numpy()[0, 0, :, :, 0])[2]
    # Both show the same signal: what is left is noise, for which the ceilings account.
    assert row["normalized_correlation"] == pytest.approx(1, abs=0.03)
    mean = nfs.recordings.compare_recording(
        responses.mean_over_trials(), recorded(flies, time), max_lag=0 * ms
    )
    assert row["correlation"] == pytest.approx(mean["correlation"][0], rel=1e-12)
    assert "model_noise_ceiling" not in mean


def test_nwb_has_a_series_and_a_row_of_its_table_for_each_trial(tmp_path):
    import pynwb

    responses, _ = responses_with_trials(n_trials=3)
    responses.save(tmp_path / "trials.nwb")
    with pynwb.NWBHDF5IO(tmp_path / "trials.nwb", "r") as file:
        session = file.read()
        assert session.trials["trial"][:].tolist() == [0, 1, 2]
        series = session.processing["simulation"]["Mi1_condition_0_trial_2_candidate_0"]
        assert (series.data[:] == responses.voltage.to_numpy()[0, 0, 2, :, 0]).all()
    recording = nfs.recordings.load_nwb(
        tmp_path / "trials.nwb", series="Mi1_condition_0_trial_2_candidate_0"
    )
    assert recording.signal.sizes["time"] > 0


@pytest.mark.docs
@pytest.mark.compile
def test_what_the_page_shows_runs():
    page = (Path(__file__).parents[1] / "docs" / "noise.md").read_text()
    names = {}
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(code, "noise.md", "exec"), names)
    said = re.search(r"print\(responses\)  # (<.*>)", page)[1]
    assert repr(names["responses"]) == said
    assert names["twice_as_noisy"].noises == ("xi",)
    assert (names["twice_as_noisy"].equations.split()) == NOISY.equations.split()
    assert names["drawn"].shape == (3,)


# --- what cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dynamics": GRADED, "trials": 2}, "have no noise.*leave out trials.*xi"),
        ({"trials": 0}, "trials is 0"),
        ({"trials": 1.5}, "trials"),
        ({"trials": "8"}, "trials"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**64}, "seed is 18446744073709551616.*below 2\\*\\*64"),
        ({"seed": None}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"method": "exponential_euler"}, "'exponential_euler'.*xi.*use method='euler'"),
        ({"memory_limit": 1e3}, "the limit"),
    ],
)
def test_what_cannot_be_is_said_at_the_call(connectome, start, wrong, message):
    options = {"connectome": connectome, "parameters": start, "extent": 1, "dynamics": NOISY}
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        nfs.simulate(np.zeros((3, 7)), **{**options, **wrong})


CELL = """
dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance)/time_constant {more} : 1
output = voltage*int(voltage > 0) : 1
"""


@pytest.mark.parametrize(
    ("more", "constants", "message"),
    [
        ("+ 0.1*voltage*xi/second**0.5", {}, "strength of xi depends on 'voltage'.*constants"),
        ("+ output*xi/second**0.5", {}, "strength of xi depends on 'voltage'"),
        ("+ 0.1*xi", {}, r"equation of 'voltage'.*has unit"),
        ("+ xi**2", {}, "not a sum.*sigma\\*xi"),
        ("+ sin(xi*second**0.5)/second", {}, "not a sum.*sigma\\*xi"),
        ("+ xi_a*xi_b", {}, "multiplies xi_[ab] by xi_[ab].*a term of its own"),
        ("+ randn()/second", {}, "'randn', but.*write xi"),
        ("", {"xi": 1.0}, "'xi' is a name of the simulation's own"),
        ("", {"xi_a": 1.0}, "'xi_a' is.*noise of Brian2"),
    ],
)
def test_noise_that_eulers_method_does_not_integrate_is_refused(more, constants, message):
    with pytest.raises(nfs.InvalidValueError, match=message):
        nfs.Dynamics(name="wrong", equations=CELL.format(more=more), constants=constants)


def test_what_cells_pass_on_is_not_the_noise_of_the_step():
    equations = CELL.format(more="+ xi_a/second**0.5").replace("output =", "output = xi_a +")
    with pytest.raises(nfs.InvalidValueError, match="output depends on 'xi_a'"):
        nfs.Dynamics(name="wrong", equations=equations)


def test_what_looks_at_one_voltage_refuses_trials_with_the_cure():
    responses, _ = responses_with_trials(n_trials=3)
    with pytest.raises(nfs.InvalidValueError, match=r"3 trials.*mean_over_trials"):
        nfs.analysis.voltage_range(responses)
    with pytest.raises(nfs.InvalidValueError, match="trial, if there is one, comes before time"):
        nfs.Responses(responses.voltage.transpose("candidate", "trial", ...))
