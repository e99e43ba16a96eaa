r"""Neurons that octopamine makes faster, and Mi4 more excitable: the brain of an active fly.

.. math::

    \frac{\tau_i}{1 + s_i\, m(t)} \, \frac{dV_i}{dt}
        = -V_i + V^{rest}_i + I_i + x_i(t) + e_i\, m(t)

with the synaptic input :math:`I_i` and the level m of octopamine, one for the whole brain, which is
0 where nothing is said: then this is the published model, to rounding. What a level does is free by
cell type, as the sensitivity s and the excitation e. No time constant gets shorter than the time
step by it.

Agonists of octopamine move the temporal tuning of T4 and T5 to higher frequencies, which faster
input elements explain: Mi1, Tm3, Mi4, Mi9, Tm1, Tm2, Tm4 and Tm9 together (Arenz et al. 2017). An
active fly changes the tuning of Mi1, Tm3, Mi4 and Mi9, and octopamine raises the excitability of
Mi4 (Strother et al. 2018). So these are sensitive unless parameters say otherwise. No source that
was opened gives an amount: that level 1 halves the time constants of all eight and adds 0.1 to the
input of Mi4 is our choice.
"""

from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.type_parameters import TypeParameter

FASTER = ("Mi1", "Tm3", "Mi4", "Mi9", "Tm1", "Tm2", "Tm4", "Tm9")

OCTOPAMINE = Dynamics(
    name="octopamine",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance
                   + octopamine_excitation*octopamine) / faster : 1
    faster = clip(time_constant / (1 + octopamine_sensitivity*octopamine),
                  clip(dt, 0*second, time_constant), time_constant) : second
    output = voltage*int(voltage > 0) : 1
    """,
    modulators={"octopamine": 0.0},
    parameters={
        "octopamine_sensitivity": TypeParameter(
            1, default=0, lowest=0, highest=5, by_type=dict.fromkeys(FASTER, 1.0)
        ),
        "octopamine_excitation": TypeParameter(
            1, default=0, lowest=-1, highest=1, by_type={"Mi4": 0.1}
        ),
    },
    reference="Arenz et al., Curr Biol 27, 929 (2017), doi:10.1016/j.cub.2017.01.051; Strother et"
    " al., PNAS 115, E102 (2018), doi:10.1073/pnas.1703090115",
)
