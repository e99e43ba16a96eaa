r"""The published model with noise: a voltage that fluctuates about what the input makes of it.

.. math::

    \tau_i \, dV_i = \Bigl(-V_i + V^{rest}_i + \sum_j w_{ij} \max(V_j, 0) + x_i(t)\Bigr) dt
    + \sigma \sqrt{2 \tau_i} \, dW_i

Every cell has its own white noise dW. Without input a voltage is an Ornstein-Uhlenbeck process: its
standard deviation is :math:`\sigma` whatever its time constant, and that is how long it remembers.
That noise is added, and does not grow with the response, is as in T5 (Gruntman et al., eLife 8,
e50706 (2019), Methods). How strong it is no source says that we opened: sigma is ours.
"""

from neuroflysim.dynamics.dynamics import Dynamics

NOISY = Dynamics(
    name="noisy",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance) / time_constant
                  + sigma*sqrt(2/time_constant)*xi : 1
    output = voltage*int(voltage > 0) : 1
    """,
    constants={"sigma": 0.05},
    reference="Lappalainen et al., Nature 634, 1132 (2024), doi:10.1038/s41586-024-07939-3; noise"
    " that is added: Gruntman et al., eLife 8, e50706 (2019), doi:10.7554/eLife.50706; its strength"
    " is ours",
)
