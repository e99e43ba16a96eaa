r"""The published model: neurons with a graded voltage that pass on its positive part.

.. math::

    \tau_i \, \frac{dV_i}{dt} = -V_i + V^{rest}_i + \sum_j w_{ij} \max(V_j, 0) + x_i(t)

with the weight :math:`w_{ij}` = sign times synapse count times synapse strength. The voltage is
dimensionless; x is the luminance of the neuron's column, for photoreceptors only.
Lappalainen et al., Nature 634, 1132 (2024), Methods.
"""

from neuroflysim.dynamics.dynamics import Dynamics

GRADED = Dynamics(
    name="graded",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance) / time_constant : 1
    output = voltage*int(voltage > 0) : 1
    """,
    reference="Lappalainen et al., Nature 634, 1132 (2024), doi:10.1038/s41586-024-07939-3",
)
