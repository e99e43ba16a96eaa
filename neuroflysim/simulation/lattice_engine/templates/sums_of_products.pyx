{# USES_VARIABLES { t_in_timesteps } #}
{% extends 'cpp_body.pyx' %}

{% block body %}
    {% include 'sums_of_products.h' %}
{% endblock %}
