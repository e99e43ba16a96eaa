{# USES_VARIABLES { N, t, dt, t_in_timesteps } #}
{% extends 'cpp_body.pyx' %}

{% block body %}
    {% include 'lattice_adjoint.h' %}
{% endblock %}
