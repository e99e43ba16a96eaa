"""Writes files of each kind as this version does, for all later ones to read.

    python tests/write_kept_files.py

They go to tests/data/written_by_VERSION and are kept for good: tests/test_kept_files.py reads all
that are there. A version that changes a format writes its own beside them, before it is released.
"""

import sys
from pathlib import Path

from brian2 import ms, mV

import neuroflysim as nfs

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "benchmarks"))

from mutated.kinds import KINDS  # noqa: E402
from mutated.kinds.parameters import model  # noqa: E402

#: Folders, and the kind of file that `benchmarks/mutated` knows how to make, all from one small
#: connectome.
WRITTEN = {
    "connectome": "connectome",
    "ensemble": "ensemble",
    "fit": "fit",
    "responses": "responses",
    "recording": "recording-netcdf",
}

#: Each thing that a dynamics may declare.
DYNAMICS = nfs.Dynamics(
    name="kept",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + luminance + all_inputs + inhibition/scale
                   - strength*arousal*slow/scale + injected_current + shift)/time_constant : 1
    dslow/dt = (voltage*scale - slow)/memory + 0.1*mV/sqrt(memory)*xi : volt
    output = voltage*int(voltage > 0) : 1
    """,
    constants={"scale": 10 * mV, "shift": {"R1": 0.25, "Mi1": 0.1}},
    reference="a test",
    inputs={
        "all_inputs": nfs.SynapticSum(),
        "inhibition": nfs.SynapticSum(sign=-1, of="slow", where={"target_type": ["Mi1"]}),
    },
    parameters={
        "strength": nfs.TypeParameter(1, 0.1, -1, 1, by_type={"Mi1": 0.3}),
        "memory": nfs.TypeParameter(ms, 300 * ms, 70 * ms, 3000 * ms, "log"),
    },
    initial={"slow": "voltage*scale"},
    modulators={"arousal": 0.5},
)


def write(folder: Path) -> None:
    """Write one of each kind into a folder that is not there yet."""
    folder.mkdir()
    for name, kind in WRITTEN.items():
        (folder / name).mkdir()
        KINDS[kind].make(folder / name)
    (folder / "decoy.json").unlink()  # what the mutants of an ensemble are after
    for name in ("parameters", "dynamics", "protocol"):
        (folder / name).mkdir()
    DYNAMICS.save(folder / "dynamics" / "kept.json")
    nfs.protocols.flash(intensity=[0, 1]).save(folder / "protocol" / "flash.json")
    for suffix in (".json", ".csv"):
        model(6).save(folder / "parameters" / f"model{suffix}")


if __name__ == "__main__":
    write(HERE / "data" / f"written_by_{nfs.__version__.partition('.dev')[0]}")
