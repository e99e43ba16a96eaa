{# USES_VARIABLES { N, t, dt, t_in_timesteps } #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
{{kernel}}
{{noise}}
{% endblock %}

{% block maincode %}
    {% include 'lattice_adjoint.h' %}
{% endblock %}
