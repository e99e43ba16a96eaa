r"""Neurons that adapt: a slow copy of their own voltage is subtracted from their input.

.. math::

    \tau_i \, \frac{dV_i}{dt} = -V_i + V^{rest}_i + I_i + x_i(t) - a_i, \qquad
    T_i \, \frac{da_i}{dt} = g_i V_i - a_i

with the synaptic input :math:`I_i`. The strength :math:`g_i` and the time constant :math:`T_i` of
the feedback are free by cell type; with strength 0 a cell is that of the published model, to
rounding. After a step of the input a voltage first follows it and then falls back to the part
1 / (1 + g) of it. At the beginning the feedback is that of the voltage then.

The feedback is the adaptation current of Benda and Herz (2003), of a voltage in place of a rate.
Its time constants are of the order of those of the high-pass filters by which Borst (2025)
describes L1, L2, L4, L5, Mi1, Tm3, Tm1, Tm2 and Tm4, 127 to 391 ms. That each of these cells
subtracts a copy of its own voltage is an assumption of ours.
"""

from brian2 import ms, second

from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.type_parameters import TypeParameter

ADAPTING = Dynamics(
    name="adapting",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance - adaptation)
                  / time_constant : 1
    dadaptation/dt = (adaptation_strength*voltage - adaptation) / adaptation_time : 1
    output = voltage*int(voltage > 0) : 1
    """,
    parameters={
        "adaptation_strength": TypeParameter(1, default=0, lowest=0, highest=5),
        "adaptation_time": TypeParameter(ms, 300 * ms, 50 * ms, 3 * second, scale="log"),
    },
    initial={"adaptation": "adaptation_strength*voltage"},
    reference="Benda & Herz, Neural Computation 15, 2523 (2003); time constants: Borst,"
    " J Comput Neurosci 53, 507 (2025)",
)
