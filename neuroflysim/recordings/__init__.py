"""Recordings of one's own: read, cut into trials, and compared with the model.

Files of several formats become one type, `Recording`; each format is one file in ``readers/``.

Examples
--------
>>> from neuroflysim.recordings import align, resample
"""

from neuroflysim.recordings.aligning import align, threshold_crossings
from neuroflysim.recordings.baseline import subtract_baseline
from neuroflysim.recordings.comparing import compare_recording
from neuroflysim.recordings.loading import load_recording, recording_contents
from neuroflysim.recordings.readers import FORMATS
from neuroflysim.recordings.readers.nwb import load_nwb_intervals
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
    "load_nwb_intervals",
    "load_recording",
    "noise_ceiling",
    "recording_contents",
    "resample",
    "subtract_baseline",
    "threshold_crossings",
]

#: One for each file in readers/.
_loaders = {reader.load.__name__: reader.load for reader in FORMATS}
globals().update(_loaders)
__all__ += sorted(_loaders)
