r"""Neurons whose inputs open conductances: what an input adds depends on the voltage it meets.

.. math::

    \tau_i \, \frac{dV_i}{dt} = -V_i + V^{rest}_i + x_i
        + g^{exc}_i \left(1 - \frac{V_i}{E_{exc}}\right)
        + g^{inh}_i \left(1 - \frac{V_i}{E_{inh}}\right)

with the sums of excitatory and of inhibitory inputs, of which the second is 0 or less. Voltages are
counted from the reversal potential of the leak. An input counts as much as in the published model
where the voltage is 0, less toward its own reversal potential, and nothing there; for voltages that
are small beside both, this is the published model. Conductances in parallel shorten the time
constant, and inhibition near its reversal potential divides rather than subtracts, which Borst
(2018) and Groschner et al. (2022) take to explain null suppression and release from inhibition.

The reversal potentials stand to each other as 60 mV to -30 mV from the leak, as in the models of T4
by Zavatone-Veth et al. (2020) and Gonzalez-Suarez et al. (2022). That a voltage of 1 stands for
6 mV is our choice: the published model has no millivolts.
"""

from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.synaptic_sum import SynapticSum

CONDUCTANCE = Dynamics(
    name="conductance",
    inputs={"excitation": SynapticSum(sign=1), "inhibition": SynapticSum(sign=-1)},
    equations="""
    dvoltage/dt = (-voltage + resting_potential + luminance + injected_current
                   + excitation*(1 - voltage/excitatory_reversal)
                   + inhibition*(1 - voltage/inhibitory_reversal)) / time_constant : 1
    output = voltage*int(voltage > 0) : 1
    """,
    constants={"excitatory_reversal": 10.0, "inhibitory_reversal": -5.0},
    reference="Zavatone-Veth, Badwan & Clark, Journal of Vision 20(2):2 (2020),"
    " doi:10.1167/jov.20.2.2",
)
