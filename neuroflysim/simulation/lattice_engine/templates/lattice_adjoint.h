{# One step of all neurons backwards.

In a call, `_slot` is the number of a kept state X. Each segment does two things, while all of it is
in the first cache: it adds to the derivatives by its X what its targets send back for what it
passed on then, and it goes on to the derivatives by the state before, by its sums over inputs, by
light and by what is by cell type. What it sends back itself is packed for the next call, as outputs
are forwards, by the layout of the transposed connections.

A part is a share of the segments of one vector that does not depend on the number of threads: each
has its own sums of derivatives, so that these do not depend on it either.
What the generated code calls its index: see lattice_step.h. #}
{% macro number(source) %}{{ '_%d' % source if source else '' }}{% endmacro %}
{% macro cells(width, body) %}
#pragma GCC ivdep
#pragma GCC unroll 1
for (size_t _lane = 0; _lane < {{width}}; _lane++) {  // unrolled, it would not become vectors
    const size_t _k = _first + _lane;
    const size_t _idx = _begin + _k, _own = _type_begin + _lane;
    const size_t _vectorisation_idx = _idx;
    {{body}}
}
{% endmacro %}
{% macro all_cells(block, body) %}
{
    {{scalar_code[block]|autoindent}}
    {
        const {{real}} dt = _time_step;  // as a double it would make the whole update one
        for (size_t _first = 0; _first < _count; _first += _vectors::width) {
            if (_first + _vectors::width <= _count) {
                {{cells('_vectors::width', body)}}
            } else {
                {{cells('_count - _first', body)}}
            }
        }
    }
}
{% endmacro %}
{% macro passed_on() %}
{{vector_code['output']|autoindent}}
{% for source in range(n_sources) %}
_passed[{{source}}][_k] = _output{{number(source)}};
{% endfor %}
{% endmacro %}
{% macro returned() %}
{{vector_code['onto']|autoindent}}
{% for name in onto_types %}
_of_type[{{types.index(name)}}][_lane] += _to_type_{{name}};
{% endfor %}
{% endmacro %}
{% macro backwards() %}
{{vector_code['back']|autoindent}}
{% for name in back_types %}
_of_type[{{types.index(name)}}][_lane] += _to_type_{{name}};
{% endfor %}
{% for sum in back_sums %}
_next_row[{{sum}} * _half + _k] = _back_{{sum}};
{% endfor %}
{% if sees %}
if (_sees) _light_row[_k] = _to_light;
{% endif %}
{% endmacro %}
{% macro state_at(slot) %}
{% for name in states %}
const {{real}}* {{get_array_name(variables[name])}} =
    {{get_array_name(variables['_kept_' ~ name])}} + size_t({{slot}}) * _n_all;
{% endfor %}
{% endmacro %}
typedef neuroflysim::vectors<{{real}}> _vectors;
const int _lanes = {{_n_lanes}}, _n_segments = {{_n_segments}}, _slot = {{_slot_now}};
const bool _returns = {{_returns}}, _goes_back = {{_goes_back}};
const size_t _n_all = size_t({{_n_neurons}}) * {{_n_vectors}} * _lanes;
const size_t _half = (size_t({{_n_positions_back}}) * {{_n_vectors}} * _lanes + 63) / 64 * 64;
{{real}}* const _packed = neuroflysim::on_line({{_sent}});
{{real}}* const _now = _packed + ({{_turn}} % 2) * {{n_sums}} * _half;
{{real}}* const _next = _packed + (1 - {{_turn}} % 2) * {{n_sums}} * _half;
if (!_returns) {  // the first call of a run
    {{scalar_code['by_type_back']|autoindent}}
    const size_t _n_own = size_t({{_n_vectors}}) * {{_n_types}} * _vectors::width;
    for (size_t _own = 0; _own < _n_own; _own++) {
        const size_t _idx = _own, _vectorisation_idx = _own;
        {{vector_code['by_type_back']|autoindent}}
    }
}
{% if n_noises %}
const uint32_t _noise_step = _slot - 1 + {{_noise_begin}};
{% endif %}
// What the loss adds of its own.
for (int _vector = 0; _vector < {{_n_vectors}}; _vector++)
    for (int _record = 0; _record < {{_n_records}}; _record++) {
        const size_t _to =
            (size_t({{_n_neurons}}) * _vector + {{_record_neuron}}[_record]) * _lanes;
        const size_t _from = (size_t({{_n_records}}) * _vector + _record) * _lanes;
        for (int _lane = 0; _lane < _lanes; _lane++)
            {{_adjoint_voltage}}[_to + _lane] += {{_of_loss}}[_from + _lane];
    }
const {{real}} _time_step = {{dt}};
neuroflysim::helpers().run({{_n_threads}}, {{_n_vectors}} * {{_n_parts}}, [&](int _share) {
    const int _vector = _share / {{_n_parts}}, _part = _share % {{_n_parts}};
    alignas(64) {{real}} _passed[{{n_sources}}][({{most_columns}} + 1) * _vectors::width];
    alignas(64) {{real}} _sum[{{[n_sums, 1]|max}}][({{most_columns}} + 1) * _vectors::width];
    alignas(64) {{real}} _dark[{{most_columns}} * _vectors::width] = {};
    {% if n_noises %}
    alignas(64) {{real}} _noise[{{n_noises}}][
        (neuroflysim::noise_size({{most_columns}}, _vectors::width) + 63) / 64 * 64];
    {% endif %}
    const neuroflysim::ReturnedTaps<{{real}}> _taps = {
        {{_first_tap_back}}, {{_strength_of_group}}, {{_tap_position_back}}, {{_tap_count}}};
    const {{real}}* const _strengths = {{_strength}}
        + size_t({{_n_strengths}}) * _vector * ({{one_weight}} ? 1 : _vectors::width);
    {{real}}* const _by_strength =
        {{_strength_sums}} + size_t(_share) * {{_n_strengths}} * _vectors::width;
    for (int _segment = {{_first_of_part}}[_part]; _segment < {{_first_of_part}}[_part + 1];
         _segment++) {
        const int _size = {{_segment_size}}[_segment], _type = {{_segment_type}}[_segment];
        const size_t _count = size_t(_size) * _lanes;
        const size_t _begin =
            (size_t({{_n_neurons}}) * _vector + {{_segment_neuron}}[_segment]) * _lanes;
        const size_t _row =
            (size_t({{_n_positions_back}}) * _vector + {{_segment_position_back}}[_segment]) * _lanes;
        const size_t _type_begin = (size_t({{_n_types}}) * _vector + _type) * _vectors::width;
        {{real}} _of_type[{{[types|length, 1]|max}}][_vectors::width] = {};
        // What was kept is far away: let what the next segment reads come while this one computes.
        if (_segment + 1 < {{_first_of_part}}[_part + 1]) {
            const size_t _at =
                (size_t({{_n_neurons}}) * _vector + {{_segment_neuron}}[_segment + 1]) * _lanes;
            const int _bytes = {{_segment_size}}[_segment + 1] * _lanes * sizeof({{real}});
            {% for name in states %}
            neuroflysim::fetch({{get_array_name(variables['_adjoint_' ~ name])}} + _at, _bytes);
            for (int _of = _slot - (_slot > 0); _of <= _slot; _of++)
                neuroflysim::fetch({{get_array_name(variables['_kept_' ~ name])}}
                                   + _of * _n_all + _at, _bytes);
            {% endfor %}
            {% for name in sums %}
            if (_slot > 0)
                neuroflysim::fetch({{get_array_name(variables['_kept_sum_%d' % loop.index0])}}
                                   + (_slot - 1) * _n_all + _at, _bytes);
            {% endfor %}
        }
        if (_returns) {
            {{state_at('_slot')|autoindent}}
            {{all_cells('output', passed_on())}}
            const size_t _stretches = (_count + _vectors::width - 1) / _vectors::width;
            {% for source in range(n_sources) %}
            for (size_t _k = _count; _k < _stretches * _vectors::width; _k++)
                _passed[{{source}}][_k] = 0;
            {% endfor %}
            const int32_t* const _groups = {{_first_group_back}} + {{n_sums}} * _segment;
            {% for source in sources_of_sums %}
            {% if loop.index0 in back_sums %}
            neuroflysim::return_segment<{{real}}, {{one_weight}}>(
                _now + {{loop.index0}} * _half + size_t({{_n_positions_back}}) * _vector * _lanes,
                _taps, _groups[{{loop.index0}}], _groups[{{loop.index}}], _strengths, _lanes, _size,
                _passed[{{source}}], _sum[{{loop.index0}}], _by_strength);
            const {{real}}* {{get_array_name(variables['_returned_%d' % loop.index0])}} =
                _sum[{{loop.index0}}];
            {% endif %}
            {% endfor %}
            {{all_cells('onto', returned())}}
        }
        if (_goes_back) {
            {{state_at('_slot - 1')|autoindent}}
            {% for name in sums %}
            const {{real}}* {{get_array_name(variables[name])}} =
                {{get_array_name(variables['_kept_sum_%d' % loop.index0])}}
                + size_t(_slot - 1) * _n_all + _begin;
            {% endfor %}
            const bool _sees = {{_type_sees}}[_type];
            const size_t _n_seen = size_t({{_n_columns}}) * {{_n_vectors}} * _lanes;
            const size_t _seen =
                (size_t({{_n_columns}}) * _vector + {{_segment_column}}[_segment]) * _lanes;
            const {{real}}* {{luminance}} =
                _sees ? {{_kept_light}} + size_t(_slot - 1) * _n_seen + _seen : _dark;
            {{real}}* const _light_row =
                {{_light_back}} + size_t(_sees ? {{_eye_of_type}}[_type] : 0) * _n_seen + _seen;
            {% if n_noises %}
            const int32_t* const _key = {{_noise_lanes}} + 3 * neuroflysim::noise_width * _vector;
            const neuroflysim::NoiseOfStep _draws = {
                uint32_t({{_noise_seed_low}}), uint32_t({{_noise_seed_high}}), _noise_step, _key,
                _key + neuroflysim::noise_width, _key + 2 * neuroflysim::noise_width};
            {% for which in range(n_noises) %}
            const {{real}}* {{get_array_name(variables['_noise_%d' % which])}} =
                neuroflysim::fill_noise<{{real}}>(
                    _draws, {{which}}, {{_segment_neuron}}[_segment], _size, _lanes,
                    {{real}}({{_noise_scale}}), _noise[{{which}}]);
            {% endfor %}
            {% endif %}
            {{real}}* const _next_row = _next + _row;
            {{all_cells('back', backwards())}}
            {% for sum in back_sums %}
            neuroflysim::copy_to_margins({{_copy_from_back}}, {{_copy_position_back}},
                                         {{_segment_first_copy_back}}, _segment, _lanes,
                                         _next_row + {{sum}} * _half,
                                         _next + {{sum}} * _half
                                             + size_t({{_n_positions_back}}) * _vector * _lanes);
            {% endfor %}
        }
        double* const _sums_of_type = {{_type_sums}}
            + (size_t(_share) * {{_n_types}} + _type) * {{types|length}} * _vectors::width;
        for (int _which = 0; _which < {{types|length}}; _which++)
            for (int _lane = 0; _lane < _vectors::width; _lane++)
                _sums_of_type[_which * _vectors::width + _lane] += _of_type[_which][_lane];
    }
});
