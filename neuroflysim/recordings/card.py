"""What a notebook shows of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroflysim.notebook import card, curves, figure, table

if TYPE_CHECKING:
    from neuroflysim.recordings.recording import Recording

#: Trials that are drawn.
MOST_DRAWN = 4


def recording_card(recording: Recording) -> str:
    """Return HTML: trials, sampling and unit, what was shown, and the first trials as curves.

    Parameters
    ----------
    recording : Recording
    """
    signal = recording.signal
    times = signal["time"].to_numpy()
    names = {}
    for name in ("cell_type", "file"):
        if name in signal.coords:
            found = list(dict.fromkeys(map(str, np.ravel(signal[name].to_numpy()))))
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            names[name.replace("_", " ")] = ", ".join(found[:5]) + more
    facts = {
        "trials": signal.sizes["trial"],
        "samples": f"{len(times):,}, {1 / recording.time_step:.4g} a second",
        "time": f"{times[0]:g} s to {times[-1]:g} s from"
        f" {signal.attrs.get('time_zero', 'the start')}",
        "unit": recording.units,
        **names,
    }
    lines = [signal[k].to_numpy() for k in range(min(MOST_DRAWN, signal.sizes["trial"]))]
    told = f"the first {len(lines)} trials" if len(lines) > 1 else "the first trial"
    caption = f"{told}, in {recording.units}"
    conditions = recording.conditions
    listed = ""
    if len(conditions.columns):
        rows = conditions.head(8).itertuples(index=False, name=None)
        listed = table(list(conditions.columns), rows, len(conditions))
    return card("Recording", facts, [figure(curves(times, lines, caption, "s"), caption), listed])
