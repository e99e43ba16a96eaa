r"""Photoreceptors that adapt to the mean light: what they see is relative to it.

.. math::

    \tau_i \, \frac{dV_i}{dt} = -V_i + V^{rest}_i + I_i + \frac{x_i}{x_i + m_i}, \qquad
    T \, \frac{dm_i}{dt} = x_i - m_i

with the synaptic input :math:`I_i`: the light is divided as Naka and Rushton found it, with half of
the maximum at its own recent mean m. Light that has been the same for long is seen as 0.5, which is
what the published model sees at grey; so are its parameters at home here. A dimmer scene of the
same contrasts looks the same. All but photoreceptors get no light, x = m = 0.

The form and its time constant T are those of the first stage of the motion detector in the authors'
code of Drews et al. (2020), github.com/borstlab/normalization_paper, ``standard_detector.py``.
"""

from brian2 import second

from neuroflysim.dynamics.dynamics import Dynamics

LIGHT_ADAPTING = Dynamics(
    name="light_adapting",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + seen) / time_constant : 1
    dmean_light/dt = (luminance - mean_light) / light_adaptation_time : 1
    seen = luminance / (luminance + mean_light + darkness) : 1
    output = voltage*int(voltage > 0) : 1
    """,
    constants={
        "light_adaptation_time": 0.75 * second,
        "darkness": 1e-9,  # where there is no light, 0 is seen, and not 0/0
    },
    initial={"mean_light": 0.5},  # of grey
    reference="Drews et al., Curr Biol 30, 209 (2020), doi:10.1016/j.cub.2019.10.035",
)
