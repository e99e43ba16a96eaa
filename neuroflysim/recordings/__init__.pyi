"""The names of this package, for editors and type checkers; see tests/write_stubs.py."""

from neuroflysim.recordings.aligning import align, threshold_crossings
from neuroflysim.recordings.baseline import subtract_baseline
from neuroflysim.recordings.comparing import compare_recording
from neuroflysim.recordings.loading import load_recording, recording_contents
from neuroflysim.recordings.readers.csv_tables import load_csv
from neuroflysim.recordings.readers.excel import load_excel
from neuroflysim.recordings.readers.matlab import load_mat
from neuroflysim.recordings.readers.neo_formats import load_neo
from neuroflysim.recordings.readers.netcdf import load_netcdf
from neuroflysim.recordings.readers.numpy_files import load_numpy
from neuroflysim.recordings.readers.nwb import load_nwb, load_nwb_intervals
from neuroflysim.recordings.readers.parquet import load_parquet
from neuroflysim.recordings.readers.suite2p import load_suite2p
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
    "load_excel",
    "load_mat",
    "load_neo",
    "load_netcdf",
    "load_numpy",
    "load_nwb",
    "load_nwb_intervals",
    "load_parquet",
    "load_recording",
    "load_suite2p",
    "noise_ceiling",
    "recording_contents",
    "resample",
    "subtract_baseline",
    "threshold_crossings",
]
