{# USES_VARIABLES { t_in_timesteps } #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
#include <vector>
{{kernel}}
{% endblock %}

{% block maincode %}
    {% include 'sums_of_products.h' %}
{% endblock %}
