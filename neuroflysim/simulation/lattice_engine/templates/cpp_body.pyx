{# Cython that does nothing but call C++; a template that extends it has the C++ as its block body. #}
{% extends 'common_group.pyx' %}

{% block template_support_code %}
cdef extern from *:
    """
#include <cmath>
#include <algorithm>
#include <vector>
#include "stdint_compat.h"
{{kernel}}
{{noise}}
{{cpp_support_code_lines}}
{{cpp_hashdefine_lines}}
static void _run_cpp({{cpp_parameters}}) {
    {{cpp_pointers_lines}}
    {% block body %}
    {% endblock %}
}
#pragma GCC optimize ("O1")  // what follows is Cython's, once a step
    """
    void _run_cpp({{cpp_parameters}}) except +
{% endblock %}

{% block maincode %}
    _run_cpp({{cpp_arguments}})
{% endblock %}
