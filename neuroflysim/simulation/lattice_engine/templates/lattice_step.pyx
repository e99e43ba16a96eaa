{# USES_VARIABLES { N, t, dt, t_in_timesteps } #}
{% extends 'common_group.pyx' %}

{% block template_support_code %}
cdef extern from *:
    """
// for {{machine}}
#include <cmath>
#include <algorithm>
#include "stdint_compat.h"
{{kernel}}
{{cpp_support_code_lines}}
{{cpp_hashdefine_lines}}
static void _lattice_step({{cpp_parameters}}) {
    {{cpp_pointers_lines}}
    {% include 'lattice_step.h' %}
}
    """
    void _lattice_step({{cpp_parameters}})
{% endblock %}

{% block maincode %}
    _lattice_step({{cpp_arguments}})
{% endblock %}
