r"""Neurons that are coupled by gap junctions, beside their chemical synapses.

.. math::

    \tau_i \, \frac{dV_i}{dt} = -V_i + V^{rest}_i + \sum_j w_{ij} \max(V_j, 0) + x_i(t)
        + \sum_k g_{ik} (V_k - V_i)

with the conductance g of a gap junction in units of a cell's leak, the same in both directions. The
published model has no gap junctions, and names them among what it leaves out. They stand in the
table ``electrical`` of a connectome; without one, this is the published model. L1 and L2 are
coupled electrically (Joesch et al. 2010), and so are the terminals of R1-R6 in a cartridge of the
lamina (Shaw et al. 1989, in a larger fly). No source gives a conductance.
"""

from neuroflysim.dynamics.dynamics import Dynamics

COUPLED = Dynamics(
    name="coupled",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance + electrical_input)
                  / time_constant : 1
    output = voltage*int(voltage > 0) : 1
    """,
    reference="Joesch et al., Nature 468, 300 (2010), doi:10.1038/nature09545",
)
