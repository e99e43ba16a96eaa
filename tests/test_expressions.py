"""Powers of numbers that no computer finishes are refused before anything tries to compute them."""

import json

import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.expressions import require_small_powers

ENDLESS = ["9**9**9**9", "9**(9**9)", "(9**9)**9**9", "9 ** -9**9", "9**99999", "9**(999)"]
PLAIN = [
    "exp(-(x/40)**2 - (y/20)**2)", "x**2*3**2 + (1 + x**2)**0.5", "2**-0.333", "x**(y**2)",
    "sigma*sqrt(2/tau)*xi : volt*second**-0.5", "(x**2 + y**2)**(1/2)", "10**20",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_powers_that_people_write_are_taken(text):
    require_small_powers(text)


@pytest.mark.parametrize("power", ENDLESS)
def test_a_tower_of_powers_is_refused_wherever_it_stands(power):
    dynamics = "dvoltage/dt = -voltage/time_constant : 1\noutput = voltage*{} : {}"
    for places in ((power, 1), (1, power)):  # in a formula, and as a unit
        with pytest.raises(nfs.InvalidValueError, match="too large to compute"):
            nfs.Dynamics("tried", dynamics.format(*places))
        luminance = "luminance = 0.5*{} : {}".format(*places)
        with pytest.raises(nfs.InvalidValueError, match="too large to compute"):
            nfs.Protocol("tried", luminance, {}, stim_time=1 * ms)
    with pytest.raises(nfs.InvalidValueError, match="too large to compute"):
        nfs.Pool("T4a", "wide", f"x*{power}")


def test_a_tower_in_a_file_is_told_with_the_file(tmp_path):
    for saved, load in (
        (nfs.GRADED, nfs.load_dynamics),
        (nfs.protocols.flash(), nfs.load_protocol),
    ):
        path = tmp_path / "mine.json"
        saved.save(path)
        said = json.loads(path.read_text())
        path.write_text(
            json.dumps(said | {"equations": f"{said['equations']}\nmore = 1 : 9**9**9"})
        )
        with pytest.raises(nfs.InvalidValueError, match=r"mine\.json.*too large to compute"):
            load(path)
