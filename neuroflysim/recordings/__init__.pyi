"""The names of this package, for editors and type checkers; see tests/write_stubs.py."""

from neuroflysim.recordings.aligning import align, threshold_crossings
from neuroflysim.recordings.baseline import subtract_baseline
from neuroflysim.recordings.comparing import compare_recording
from neuroflysim.recordings.loading import load_recording, recording_contents
from neuroflysim.recordings.readers.csv_tables import load_csv
from neuroflysim.recordings.readers.neo_formats import load_neo
from neuroflysim.recordings.readers.netcdf import load_netcdf
from neuroflysim.recordings.readers.nwb import load_nwb, load_nwb_intervals
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.resampling import resample
from neuroflysim.recordings.trial_noise import noise_ceiling
from neuroflysim.recordings.trials import average_trials, join_recordings

__all__ = [
    "Recording",
    "align",
    "average_trials",
    "compare_recording",
    "join_recordings",
    "load_csv",
    "load_neo",
    "load_netcdf",
    "load_nwb",
    "load_nwb_intervals",
    "load_recording",
    "noise_ceiling",
    "recording_contents",
    "resample",
    "subtract_baseline",
    "threshold_crossings",
]
