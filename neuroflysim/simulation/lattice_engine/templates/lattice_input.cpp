{# USES_VARIABLES { N, synaptic_input, runaway_time, t, dt, _packed, _sum, _sizes, _weight, _segment_neuron, _segment_size, _segment_position, _segment_first_tap, _tap_position, _tap_offset } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
{{kernel}}
{% endblock %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    const int _lanes = {{_sizes}}[0], _n_segments = {{_sizes}}[1];
    for (int _segment = 0; _segment < _n_segments; _segment++) {
        const size_t _begin = size_t({{_segment_neuron}}[_segment]) * _lanes;
        const size_t _count = size_t({{_segment_size}}[_segment]) * _lanes;
        {{real}}* _packed_row = {{_packed}} + size_t({{_segment_position}}[_segment]) * _lanes;
        int _bad = 0;
        for (size_t _k = 0; _k < _count; _k++) {
            const size_t _idx = _begin + _k;
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            _packed_row[_k] = _output;
            _bad |= !(_output <= {{bound}});
        }
        if (_bad)
            for (size_t _k = 0; _k < _count; _k++)
                if (!(_packed_row[_k] <= {{bound}}) && {{runaway_time}}[_begin + _k] == 0)
                    {{runaway_time}}[_begin + _k] = {{t}} > 0 ? {{t}} : {{dt}};
    }
    for (int _segment = 0; _segment < _n_segments; _segment++) {
        const int _tap = {{_segment_first_tap}}[_segment];
        neuroflysim::sum_segment<{{real}}>(
            {{_packed}}, {{_tap_position}} + _tap, {{_tap_offset}} + _tap,
            {{_segment_first_tap}}[_segment + 1] - _tap, {{_weight}}, _lanes,
            {{_segment_size}}[_segment], {{_sum}});
        std::memcpy({{synaptic_input}} + size_t({{_segment_neuron}}[_segment]) * _lanes, {{_sum}},
                    size_t({{_segment_size}}[_segment]) * _lanes * sizeof({{real}}));
    }
{% endblock %}
