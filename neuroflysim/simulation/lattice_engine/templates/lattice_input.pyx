{# USES_VARIABLES { N, synaptic_input, runaway_time, t, dt, _packed, _sum, _sizes, _weight, _segment_neuron, _segment_size, _segment_position, _segment_first_tap, _tap_position, _tap_offset } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.pyx' %}

{% block template_support_code %}
cdef extern from *:
    """
{{kernel}}
    """
    void _sum_segment "neuroflysim::sum_segment<{{real}}>"({{real}}*, int32_t*, int32_t*, int, {{real}}*, int, int, {{real}}*)
    void* _memcpy "std::memcpy"(void*, void*, size_t)
{% endblock %}

{% block maincode %}
    _vectorisation_idx = -1
    {{scalar_code|autoindent}}
    cdef int _lanes = {{_sizes}}[0], _n_segments = {{_sizes}}[1]
    cdef {{real}}* _packed_row
    cdef size_t _begin, _count, _k
    cdef int _segment, _tap, _bad
    for _segment in range(_n_segments):
        _begin = <size_t>{{_segment_neuron}}[_segment] * _lanes
        _count = <size_t>{{_segment_size}}[_segment] * _lanes
        _packed_row = {{_packed}} + <size_t>{{_segment_position}}[_segment] * _lanes
        _bad = 0
        for _k in range(_count):
            _idx = _begin + _k
            _vectorisation_idx = _idx
            {{vector_code|autoindent}}
            _packed_row[_k] = _output
            _bad |= not (_output <= {{bound}})
        if _bad:
            for _k in range(_count):
                if not (_packed_row[_k] <= {{bound}}) and {{runaway_time}}[_begin + _k] == 0:
                    {{runaway_time}}[_begin + _k] = {{t}} if {{t}} > 0 else {{dt}}
    for _segment in range(_n_segments):
        _tap = {{_segment_first_tap}}[_segment]
        _sum_segment({{_packed}}, {{_tap_position}} + _tap, {{_tap_offset}} + _tap,
                     {{_segment_first_tap}}[_segment + 1] - _tap, {{_weight}}, _lanes,
                     {{_segment_size}}[_segment], {{_sum}})
        _memcpy({{synaptic_input}} + <size_t>{{_segment_neuron}}[_segment] * _lanes, {{_sum}},
                <size_t>{{_segment_size}}[_segment] * _lanes * sizeof({{real}}))
{% endblock %}
