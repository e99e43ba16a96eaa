"""A full disk is told in a sentence, and what was there before stays.

A limit to the size of files has writers fail as a full disk does, without one.
"""

import resource
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.compile

_SCRIPT = """
import resource, signal, sys
from pathlib import Path
import matplotlib
matplotlib.use("agg")
import numpy as np, xarray as xr
from matplotlib import pyplot as plt
import neuroflysim as nfs
from neuroflysim.plotting.animation import movie, movie_writer

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
random = np.random.default_rng(0)
voltage = xr.DataArray(random.random((1, 1, 400, 3)),
    dims=("candidate", "condition", "time", "cell_type"),
    coords={"time": np.arange(1, 401) * 0.01, "cell_type": ["Mi1", "T4a", "T5a"]},
    attrs={"time_step": 0.01})
responses = nfs.Responses(voltage)
signals = xr.DataArray(random.random((2, 400)), dims=("trial", "time"),
    coords={"time": np.arange(400) * 0.01}, attrs={"units": "mV"})
recording = nfs.Recording(signals)
figure, axes = plt.subplots()
axes.imshow(random.random((99, 99)))
parameters = nfs.Parameters.uniform(nfs.load_connectome())

def animation(path):
    movie(figure, lambda k: axes.set_title(str(k)), 2, path, movie_writer(path), close=False)

def mp4(path):
    try:
        animation(path)
    except nfs.InvalidValueError as error:  # no ffmpeg here
        raise nfs.errors.FileError(str(error)) from None

for name, write in {
    **dict.fromkeys(["responses.nc", "responses.nwb", "responses.csv"], responses.save),
    **dict.fromkeys(["recording.nc", "recording.csv"], recording.save),
    **dict.fromkeys(["parameters.json", "parameters.csv"], parameters.save),
    **dict.fromkeys(["figure.png", "figure.pdf", "figure.svg"],
                    lambda path: nfs.plotting.save_figure(axes, path)),
    "movie.gif": animation, "movie.mp4": mp4,
    "flow.flo": lambda path: nfs.flow.write_flo(path, np.ones((40, 40, 2))),
}.items():
    path = Path(name)
    path.write_bytes(b"old")
    try:
        write(path)
        print(name, "was written")
    except nfs.errors.FileError as error:
        if name not in str(error) or "\\n" in str(error):
            print(name, error)
    except Exception as error:
        print(name, type(error).__name__, error)
    if path.read_bytes() != b"old":
        print(name, "is not the old file")
    left = sorted(other.name for other in Path().iterdir() if other != path)
    if left:
        print(name, "leaves", left)
    path.unlink()
print("all were tried")
"""


def test_every_writer_keeps_the_old_file_and_says_what_happened(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    assert (done.returncode, done.stdout) == (0, "all were tried\n"), done.stderr[-2000:]


def _small_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_the_command_ends_with_a_sentence_and_1(tmp_path):
    path = tmp_path / "flash.nc"
    path.write_bytes(b"old")
    command = [sys.executable, "-m", "neuroflysim", "simulate", "flash", "--extent", "1", "-o"]
    warm = [*command, str(tmp_path / "warm.csv")]  # compiles
    subprocess.run(warm, check=True, capture_output=True, timeout=300)
    done = subprocess.run(
        [*command, str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=_small_files,
    )
    assert done.returncode == 1, done.stderr
    assert "flash.nc cannot be written: File too large." in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == b"old"
