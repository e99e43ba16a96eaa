"""Protocols drawn by functions, parameters that vary together, and protocols of other packages."""

import re
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim import protocols

EQUATIONS = """
    wave = sin(2*pi*(x*cos(pi/180*angle)/wavelength - rate*t)) : 1
    luminance = background + contrast/2*wave : 1
"""
PARAMETERS = {
    ("angle", "contrast"): [(0, 1), (60, 0.2), (120, 0.4)],
    "wavelength": [30, 60],
    "rate": 2 / second,
}
TIMING = {"stim_time": 210 * ms, "pre_time": 40 * ms, "tail_time": 60 * ms}


def waves(eye, times, background, angle, contrast, wavelength, rate):
    phase = eye.x * np.cos(np.deg2rad(angle)) / wavelength - rate * times[:, None]
    return background + contrast / 2 * np.sin(2 * np.pi * phase)


def drawn(function=waves, parameters=PARAMETERS, **options):
    return nfs.Protocol(
        name="waves", frames=function, parameters=parameters, **{**TIMING, **options}
    )


def flat(function):
    """A protocol without parameters, from a function of the shape of its frames."""
    return drawn(
        lambda eye, times, background: function((len(times), len(eye.x))), parameters={}
    ).luminance(1, 20 * ms)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_function_and_equations_of_the_same_law_show_the_same(dtype):
    written = nfs.Protocol(name="waves", equations=EQUATIONS, parameters=PARAMETERS, **TIMING)
    one, other = (p.luminance(3, 20 * ms, dtype=dtype) for p in (written, drawn()))
    assert one.dtype == other.dtype == dtype
    assert abs(one - other).max() < (1e-14 if dtype == "float64" else 1e-7)
    assert set(one.coords) == set(other.coords)
    for name in one.coords:
        assert one[name].identical(other[name])
    assert one.attrs.pop("protocol_equations") == EQUATIONS
    assert "waves" in other.attrs.pop("protocol_frames")
    assert other.attrs.pop("acceptance_angle") == 5
    assert one.attrs == other.attrs


def test_parameters_that_vary_together_take_one_place_in_the_product():
    table = drawn().conditions
    assert table["angle"].tolist() == [0, 0, 60, 60, 120, 120]
    assert table["contrast"].tolist() == [1, 1, 0.2, 0.2, 0.4, 0.4]
    assert table["wavelength"].tolist() == [30, 60] * 3
    assert drawn().n_conditions == 6


def test_units_of_parameters_that_vary_together_are_kept():
    protocol = drawn(
        lambda eye, times, background, delay, size: np.full((len(times), len(eye.x)), delay),
        parameters={("delay", "size"): [(20 * ms, 1), (0.05 * second, 2)]},
    )
    luminance = protocol.luminance(0)
    assert luminance["delay"].to_numpy() == pytest.approx([0.02, 0.05])
    assert luminance["delay"].attrs["units"] == "s"
    assert luminance["size"].attrs["units"] == "1"
    assert luminance.sel(time=0).to_numpy().ravel() == pytest.approx([0.02, 0.05])


def test_a_function_is_asked_for_the_time_of_the_stimulus_alone():
    seen = {}

    def frames(eye, times, background, k):
        seen.update(times=times, eye=eye, background=background, k=k)
        return np.ones((len(times), len(eye.x)))

    luminance = drawn(frames, parameters={"k": [3]}, background=0.25).luminance(1, 20 * ms)
    assert seen["times"] == pytest.approx(0.02 * np.arange(11), abs=1e-8)  # 210 ms, rounded up
    assert (seen["background"], seen["k"], seen["eye"]) == (0.25, 3, nfs.Eye(1))
    assert isinstance(seen["k"], float)
    assert (luminance[0, :, 0] == [0.25] * 2 + [1] * 11 + [0.25] * 3).all()


@pytest.mark.compile
def test_a_network_sees_the_same_whether_a_function_or_its_frames_are_given(
    connectome, start, tmp_path
):
    protocol = drawn(parameters={**PARAMETERS, "wavelength": 30})
    options = {"connectome": connectome, "extent": 1, "time_step": 20 * ms}
    with nfs.compile(protocol, **options) as program:
        one = program.run(start).voltage
        other = program.run(start, stimulus=protocol.luminance(1, 20 * ms)).voltage
        rounded = protocol.luminance(1, 20 * ms, dtype="float32").to_numpy()
        assert abs(program.run(start, stimulus=rounded).voltage.to_numpy() - one).max() < 1e-6
        rounded[1, 2, 3] = np.nan
        with pytest.raises(nfs.InvalidValueError, match=r"nan at .* \(1, 2, 3\)"):
            program.run(start, stimulus=rounded)
    assert one.identical(other)
    assert one.attrs["stim_time"] == pytest.approx(0.22)  # of 210 ms, in whole steps
    assert one.attrs["stimulus"] == "waves"
    assert one["time"][0] == pytest.approx(-0.02)
    nfs.Responses(one).save(tmp_path / "waves.nc")
    assert nfs.load_responses(tmp_path / "waves.nc").voltage.attrs["background"] == 0.5


@pytest.mark.slow
def test_pictures_and_animations_show_functions(tmp_path):
    assert drawn().plot(extent=1, n_times=2).shape == (6, 2)
    assert drawn().animate(tmp_path / "waves.gif", extent=1, time_step=50 * ms)
    assert (tmp_path / "waves.gif").read_bytes().startswith(b"GIF")


WRONG = {
    "neither equations nor frames": (lambda: nfs.Protocol("p", stim_time=1 * ms), "neither"),
    "both": (lambda: drawn(equations="luminance = 0.5 : 1"), "both"),
    "frames as array": (lambda: drawn(np.zeros((10, 7))), "given to simulate"),
    "a parameter the function lacks": (
        lambda: drawn(parameters={**PARAMETERS, "size": 1}),
        "size",
    ),
    "a parameter that the function wants": (
        lambda: drawn(parameters={"angle": 0}),
        "contrast",
    ),
    "a parameter that labels results": (
        lambda: drawn(lambda *a, **k: 0, parameters={"time": 1}),
        "'time' cannot name",
    ),
    "a parameter called eye": (
        lambda: drawn(lambda *a, **k: 0, parameters={"eye": 1}),
        "'eye' cannot name",
    ),
    "a tuple too short": (
        lambda: drawn(parameters={("a", "b"): [(1, 2), (1,)]}),
        r"need 2 values.*entry 1 is \(1,\)",
    ),
    "plain numbers for two parameters": (
        lambda: drawn(parameters={("a", "b"): [1, 2]}),
        "entry 0 is 1",
    ),
    "a list in a tuple": (
        lambda: drawn(parameters={("a", "b"): [(1, [2, 3])]}),
        "parameter b is no list of numbers|parameter b needs",
    ),
    "no tuple at all": (lambda: drawn(parameters={("a", "b"): []}), "one tuple or more"),
    "text for two parameters": (lambda: drawn(parameters={("a", "b"): "ab"}), "list of tuples"),
    "one name twice": (
        lambda: drawn(parameters={("a", "b"): [(1, 2)], "a": 1}),
        "'a' is given twice",
    ),
    "a number as name": (lambda: drawn(parameters={("a", 3): [(1, 2)]}), "no name"),
    "mixed units": (lambda: drawn(parameters={("a", "b"): [(1, 2), (1 * ms, 2)]}), "parameter a"),
    "no array": (lambda: flat(lambda shape: 0.5), "waves.*float.*numpy array"),
    "an array of text": (lambda: flat(lambda shape: np.full(shape, "a")), "numpy array"),
    "an array with a unit": (lambda: flat(lambda shape: np.ones(shape) * second), "plain numbers"),
    "another shape": (lambda: flat(lambda shape: np.ones(shape[::-1])), r"\(7, 11\).*\(11, 7\)"),
    "NaN": (
        lambda: flat(lambda shape: np.where(np.arange(shape[0])[:, None] == 3, np.nan, [[0] * 7])),
        "waves: luminance is nan at time 0.06 s, column 0",
    ),
    "glare": (
        lambda: drawn(background=0.6).luminance(2, 20 * ms),
        r"luminance is 1\.\d+ at time 0.*condition.*'contrast': 1",
    ),
    "half precision": (lambda: drawn().luminance(1, dtype="float16"), "'float64', 'float32'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_condition_and_time(what):
    call, words = WRONG[what]
    with pytest.raises(nfs.NeuroFlySimError) as caught:
        call()
    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)


def test_an_error_of_the_function_itself_tells_the_condition():
    def frames(eye, times, background, k):
        return [][int(k)]

    with pytest.raises(IndexError) as caught:
        drawn(frames, parameters={"k": [4]}).luminance(1)
    assert "'k': 4" in caught.value.__notes__[0]


@pytest.fixture
def installed(monkeypatch):
    """Makes entry points as if packages had been installed; returns the library they join."""

    def install(*points):
        points = [EntryPoint(name, value, protocols.GROUP) for name, value in points]
        monkeypatch.setattr(protocols, "entry_points", lambda group: points)
        monkeypatch.setattr(protocols.LIBRARY, "_added", None)
        return protocols.LIBRARY

    return install


def test_protocols_of_other_packages_join_the_library(installed):
    library = installed(("brighten", "neuroflysim.protocols.flash:flash"))
    assert library["brighten"] is protocols.flash
    assert protocols.brighten is protocols.flash
    assert {"brighten", "flash"} <= set(library)
    assert len(library) == len(list(library))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = protocols.nothing_like_it


def test_two_protocols_of_one_name_are_an_error_that_names_both(installed):
    library = installed(("flash", "somewhere.else:flash"))
    with pytest.raises(nfs.InvalidValueError, match=r"somewhere\.else and the library.*'flash'"):
        list(library)
    library = installed(("bright", "one.place:flash"), ("bright", "another.place:flash"))
    with pytest.raises(nfs.InvalidValueError, match=r"another\.place and the package one\.place"):
        list(library)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_package:f", "no_such_package.*ModuleNotFoundError"),
        ("neuroflysim:Missing", "AttributeError"),
        ("neuroflysim:__version__", "no function but str"),
    ],
)
def test_a_broken_plug_in_names_its_package_and_stops_nothing_else(installed, value, words):
    library = installed(("broken", value))
    assert library["flash"] is protocols.flash
    with pytest.raises(nfs.InvalidValueError, match=words):
        _ = library["broken"]
