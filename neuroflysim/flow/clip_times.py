"""The times of the clips of a fit: how long they last, and at which frames flow is read."""

from __future__ import annotations

from brian2 import ms

TIME_STEP = 20 * ms

#: Frames of a clip; the velocity changes in the middle.
N_FRAMES = 36

#: Frames at whose end flow is read: three for each of the two velocities, when the responses to its
#: onset, and to the appearance of the world, have faded.
READ_FRAMES = (9, 13, 17, 27, 31, 35)
