"""Every public function is told the lattice in one way: a whole number, or a `Lattice`."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import Hz, ms
from matplotlib import pyplot as plt
from PIL import Image

import neuroflysim as nfs
from neuroflysim import plotting
from neuroflysim.lattice import DEFAULT_LATTICE, chosen_lattice
from neuroflysim.stimulus.eye import COLUMN_ANGLE
from neuroflysim.validation.flashes_and_edges import SPEEDS, START_AT, STOP_AT
from neuroflysim.validation.headline import headline_numbers

CONNECTOME = nfs.load_connectome()
START = nfs.Parameters.uniform(CONNECTOME)
FLASH = nfs.protocols.flash(pre_time=20 * ms, stim_time=20 * ms, tail_time=0 * ms)
PICTURE = np.random.default_rng(0).uniform(size=(20, 30))

OPEN, PERIODIC = nfs.Lattice(extent=2), nfs.Lattice(size=(3, 4))


class Asked(Exception):
    """Raised by the first network that is asked for, so that nothing is simulated."""


def first_network(call, where, monkeypatch):
    """Return the lattice of the first network that a function asks the connectome for."""

    def network(self, lattice=DEFAULT_LATTICE, *, extent=None):
        raise Asked(chosen_lattice(lattice, extent))

    monkeypatch.setattr(nfs.Connectome, "network", network)
    with pytest.raises(Asked) as asked:
        call(**where)
    return asked.value.args[0]


def drawn_columns(axes):
    """Return how many hexagons a picture of luminance has."""
    (hexagons,) = (each for each in axes.collections if each.get_array() is not None)
    plt.close("all")
    return len(hexagons.get_paths())


def animated(folder, **where):
    _, axes = plt.subplots()
    FLASH.animate(folder / "flash.gif", axes=axes, **where)
    return drawn_columns(axes)


def movie(**where):
    flow = np.zeros((2, 20, 30, 2))
    frames = np.stack([PICTURE] * 2)
    return nfs.flow.movie_with_flow(
        frames, flow, degrees_per_pixel=0.5, frame_rate=50 * Hz, **where
    )


def sintel(folder, **where):
    for kind in ("final", "flow"):
        (folder / "training" / kind / "alley_1").mkdir(parents=True, exist_ok=True)
    for number in (1, 2, 3):
        name = f"alley_1/frame_{number:04d}"
        image = Image.fromarray((255 * PICTURE).astype(np.uint8)).convert("RGB")
        image.save(folder / "training" / "final" / f"{name}.png")
        if number < 3:
            flow = np.zeros((20, 30, 2))
            nfs.flow.write_flo(folder / "training" / "flow" / f"{name}.flo", flow)
    return nfs.flow.sintel(folder, split="all", n_frames=2, n_windows=1, **where)


#: Those that lay the connectome out: the lattice of the network that they ask for.
OF_NETWORKS = {
    "simulate": lambda **where: nfs.simulate(
        FLASH, connectome=CONNECTOME, parameters=START, time_step=20 * ms, **where
    ),
    "brian2_network": lambda **where: nfs.brian2_network(CONNECTOME, START, FLASH, **where),
    "Stepper": lambda **where: nfs.Stepper(START, **where),
    "compile": lambda **where: nfs.compile(FLASH, connectome=CONNECTOME, **where),
    "replay": lambda **where: nfs.replay("hardie1989", START, time_step=20 * ms, **where),
    "compare": lambda **where: nfs.compare(START, "hardie1989", progress=False, **where),
    "validate": lambda **where: nfs.validate(START, progress=False, **where),
    "predictions": lambda **where: nfs.predictions([START, START], progress=False, **where),
    "screen": lambda **where: nfs.screen(FLASH, parameters=START, progress=False, **where),
    "board": lambda **where: nfs.board(
        "no_response", studies="hardie1989", progress=False, **where
    ),
    "Connectome.connections_without_pairs": CONNECTOME.connections_without_pairs,
    "Parameters.initial": lambda **where: nfs.Parameters.initial(CONNECTOME, seed=0, **where),
    "Parameters.without_effect": START.without_effect,
}

#: The others: the lattice of what they return, or how many columns that has.
OTHERS = {
    "Connectome.network": lambda _, **where: CONNECTOME.network(**where).lattice,
    "Protocol.luminance": lambda _, **where: FLASH.luminance(**where).sizes["column"],
    "Protocol.plot": lambda _, **where: drawn_columns(FLASH.plot(n_times=1, **where)[0, 0]),
    "Protocol.animate": lambda folder, **where: animated(folder, **where),
    "Eye": lambda _, **where: nfs.Eye(**where).lattice,
    "flow.layered_worlds": lambda _, **where: nfs.flow.layered_worlds(1, seed=0, **where).lattice,
    "flow.translating_pictures": lambda _, **where: (
        nfs.flow.translating_pictures([PICTURE], seed=0, **where).lattice
    ),
    "flow.movie_with_flow": lambda _, **where: movie(**where).lattice,
    "flow.sintel": lambda folder, **where: sintel(folder, **where).lattice,
    "plotting.plot_thumbnail": lambda _, **where: drawn_columns(
        plotting.plot_thumbnail(FLASH, **where)[0]
    ),
}

#: Those that are given a lattice, and whose lattice can be no other than periodic, or of clips; and
#: objectives of fits, classes whose fields stand in records and are said in one way.
ONLY_A_LATTICE = {
    "flow.translating_worlds",
    "flow.Clips",
    "RecordingObjective",
    "ResponsesObjective",
    "StudyObjective",
}


#: Those that are not tried here, one by one: they hand what they are told to `compile`, or lay
#: measured directions out.
NOT_TRIED = {
    "gradient",
    "optimal_stimulus",
    "discriminating_stimulus",
    "fisher_information",
    "Eye.from_directions",
}


def public_callables():
    """Return functions, classes and methods of the public modules, by name."""
    homes = {"": nfs} | {
        f"{name}.": getattr(nfs, name)
        for name in ("analysis", "flow", "plotting", "protocols", "recordings")
    }
    found = {}
    for prefix, home in homes.items():
        for name in home.__all__:
            value = getattr(home, name)
            if not callable(value):
                continue
            found[prefix + name] = value
            if inspect.isclass(value):
                for method, function in inspect.getmembers(value, callable):
                    if not method.startswith("_"):
                        found[f"{prefix}{name}.{method}"] = function
    return found


def arguments(function):
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # of built-in methods of exceptions
        return set()


def test_no_public_function_is_told_the_lattice_otherwise():
    told = {name: arguments(one) for name, one in public_callables().items() if name != "Lattice"}
    doors = {name for name, given in told.items() if "lattice" in given}
    assert doors == {*OF_NETWORKS, *OTHERS} | ONLY_A_LATTICE | NOT_TRIED
    by_extent = {name for name, given in told.items() if "extent" in given}
    assert by_extent == doors - ONLY_A_LATTICE | {"sample_neurons"}  # of a lobe, with borders
    otherwise = {name for name, given in told.items() if {"boundary", "size"} & given}
    assert otherwise == {"Recipe"}  # whose numbers stand in the records of fits


WAYS = {
    "a whole number": ({"lattice": 2}, OPEN),
    "a number of numpy": ({"lattice": np.int64(2)}, OPEN),
    "an open lattice": ({"lattice": nfs.Lattice(extent=2)}, OPEN),
    "an extent": ({"extent": 2}, OPEN),
    "a periodic lattice": ({"lattice": PERIODIC}, PERIODIC),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("door", OF_NETWORKS)
def test_every_door_to_a_network_takes_each_way(door, way, monkeypatch):
    where, lattice = WAYS[way]
    assert first_network(OF_NETWORKS[door], where, monkeypatch) == lattice


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("door", OTHERS)
def test_every_other_door_takes_each_way(door, way, tmp_path):
    where, lattice = WAYS[way]
    assert OTHERS[door](tmp_path, **where) in (lattice, lattice.n_columns)


WRONG = {
    "both": ({"lattice": 2, "extent": 3}, "leave extent out"),
    "both, and they agree": ({"lattice": 2, "extent": 2}, "leave extent out"),
    "both, and both are as usual": ({"lattice": 15, "extent": 15}, "leave extent out"),
    "a periodic lattice and an extent": ({"lattice": PERIODIC, "extent": 2}, "leave extent out"),
    "an extent that is a lattice": ({"extent": OPEN}, "give it as lattice"),
    "half a column": ({"lattice": 2.5}, r"nfs\.Lattice\(size="),
    "text": ({"lattice": "2"}, r"lattice is '2' \(str\), but must be a whole number"),
    "the text of an extent": ({"extent": "2"}, r"extent is '2' \(str\), but must be a whole"),
    "a truth value": ({"lattice": True}, "whole number"),
    "a size": ({"lattice": (6, 6)}, r"nfs\.Lattice\(size="),
    "nothing": ({"lattice": None}, "whole number"),
    "a duration": ({"lattice": 2 * ms}, "whole number"),
    "less than a column": ({"lattice": -1}, "lattice is -1, but must be at least 0"),
    "an extent less than a column": ({"extent": -1}, "extent is -1, but must be at least 0"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("door", [*OF_NETWORKS, *OTHERS])
def test_every_door_says_what_is_wrong_with_a_lattice(door, what, tmp_path):
    where, words = WRONG[what]
    with pytest.raises((nfs.InvalidTypeError, nfs.InvalidValueError), match=words):
        OF_NETWORKS[door](**where) if door in OF_NETWORKS else OTHERS[door](tmp_path, **where)


@pytest.mark.parametrize("lattice", [6, None, OPEN, PERIODIC, nfs.Lattice(extent=0)])
def test_worlds_that_repeat_need_a_lattice_that_does(lattice):
    with pytest.raises(nfs.InvalidValueError, match=r"write nfs\.Lattice\(size=6\)"):
        nfs.flow.translating_worlds(1, seed=0, lattice=lattice)
    four = nfs.Lattice(size=4)
    assert nfs.flow.translating_worlds(1, seed=0, lattice=four).lattice == four


@pytest.mark.parametrize("lattice", [OPEN, PERIODIC])
def test_a_lattice_is_written_as_it_is_made(lattice):
    assert eval(repr(lattice), {"Lattice": nfs.Lattice}) == lattice
    assert nfs.Lattice(**lattice.arguments) == lattice


# ---- what could not be had before: all numbers on a periodic lattice ----

TORUS = nfs.Lattice(size=(6, 4))
EDGES = nfs.load_study(Path(__file__).parent / "data" / "studies" / "edges2001")


def shown(protocol, lattice, time_step, **options):
    """Run a protocol as a user does."""
    return nfs.simulate(
        protocol, connectome=CONNECTOME, parameters=START, lattice=lattice, time_step=time_step,
        dtype="float32", progress=False, **options,
    )  # fmt: skip


@pytest.mark.compile
def test_a_comparison_on_a_periodic_lattice_has_the_numbers_of_its_protocols():
    by_hand = shown(EDGES.experiments["edges"].build(), TORUS, 20 * ms)
    by_hand = nfs.analysis.recorded(by_hand, "voltage")
    peak = nfs.analysis.peak_response(by_hand, end=400 * ms)[0].sel(cell_type="T4a", intensity=1)
    tables = {
        lattice: nfs.compare(START, EDGES, lattice=lattice, progress=False)
        for lattice in (TORUS, OPEN)
    }
    of_curve = {
        lattice: table.loc[table["measure"] == "tuning_curve", "model"].to_numpy()
        for lattice, table in tables.items()
    }
    expected = peak.sel(angle=[0, 90, 180, 270]).to_numpy()
    assert of_curve[TORUS] == pytest.approx(expected, rel=1e-6)
    assert abs(of_curve[OPEN] - expected).max() > 1e-3  # the border tells


@pytest.mark.compile
def test_a_replayed_study_and_a_screen_on_a_periodic_lattice_are_those_of_simulations():
    by_hand = shown(EDGES.experiments["edges"].build(), TORUS, 20 * ms)
    replayed = nfs.replay(EDGES, START, "edges", lattice=TORUS, dtype="float32", progress=False)
    assert replayed.voltage.to_numpy() == pytest.approx(by_hand.voltage.to_numpy(), abs=1e-6)
    assert replayed.voltage.attrs["size"] == [6, 4]
    silent = [nfs.Silence("Mi1")]
    table = nfs.screen(
        FLASH, parameters=START, perturbations=silent, lattice=TORUS, time_step=20 * ms,
        progress=False,
    )  # fmt: skip
    flies = shown(FLASH, TORUS, 20 * ms, perturbations=[None, *silent])
    intact, perturbed = nfs.analysis.voltage_range(flies).to_numpy()
    by_type = table.set_index("cell_type").loc[CONNECTOME.cell_types.index]
    assert by_type["intact"].to_numpy() == pytest.approx(intact.ravel(), abs=1e-6)
    assert by_type["perturbed"].to_numpy() == pytest.approx(perturbed.ravel(), abs=1e-6)


def headline_by_hand(lattice, time_step):
    """Flashes and edges as docs/validation.md tells them: after two seconds of grey."""
    grey = np.full((round(1 / float(time_step)), lattice.n_columns), 0.5)
    rest = shown(grey, lattice, time_step, record="all").voltage[0, 0, -1].to_numpy()
    short = {"pre_time": 0 * ms, "tail_time": 2 * time_step}
    flash = nfs.protocols.flash(radius=6 * COLUMN_ANGLE, **short)
    index = nfs.analysis.flash_response_index(shown(flash, lattice, time_step, initial=rest))
    peaks = []
    for speed in SPEEDS:
        edge = nfs.protocols.moving_edge(
            speed=speed * COLUMN_ANGLE * nfs.degree / (1000 * ms), start=START_AT, stop=STOP_AT,
            pre_time=0 * ms, tail_time=0 * ms,
        )  # fmt: skip
        responses = shown(edge, lattice, time_step, initial=rest)
        peaks.append(nfs.analysis.peak_response(responses, end="passage"))
    speeds = xr.Variable("speed", [speed * COLUMN_ANGLE for speed in SPEEDS], {"units": "deg/s"})
    peak = xr.concat(peaks, speeds).transpose(..., "speed")
    return headline_numbers(index, peak).to_dataframe().iloc[0]


@pytest.mark.compile
def test_headline_numbers_on_a_periodic_lattice_are_those_of_its_protocols():
    table = nfs.validate(START, lattice=TORUS, time_step=20 * ms, progress=False)
    by_hand = headline_by_hand(TORUS, 20 * ms)
    pd.testing.assert_series_equal(
        table["model"], by_hand.loc[table.index], check_names=False, rtol=1e-4
    )


@pytest.mark.compile
def test_models_agree_with_themselves_on_a_periodic_lattice():
    table = nfs.predictions([START, START], lattice=TORUS, progress=False)
    index = table.loc["flash_response_index"]
    assert (index["lowest"] == index["highest"]).all()
    assert index["agreement"].isin([0.0, 1.0]).all() and index["agreement"].any()
