{# One step of all neurons, the same C++ for every device on the CPU.

Each segment is summed up, updated by the code that Brian2 made of the equations, and its new
outputs packed for the next step, while all of it is in the first cache. Outputs are packed twice,
those of this step and those of the next, in turn; if cells pass on several variables, each of them
has its own. What the generated code calls its index:
_idx the neuron and lane, _own the cell type and lane, _k the column and lane of the segment. #}
{% macro number(source) %}{{ '_%d' % source if source else '' }}{% endmacro %}
{% macro update(width) %}
#pragma GCC ivdep
for (size_t _lane = 0; _lane < {{width}}; _lane++) {  // with int, the compiler would gather
    const size_t _k = _first + _lane;
    const size_t _idx = _begin + _k, _own = _type_begin + _lane;
    const size_t _vectorisation_idx = _idx;
    {{vector_code['step']|autoindent}}
    _bad[_lane] |= !(std::fabs({{voltage}}[_idx]) <= {{bound}});  // while it is in a register
    {% for source in range(n_sources) %}
    _next_row[{{source}} * _half + _k] = _output{{number(source)}};
    {% endfor %}
}
{% endmacro %}
{% macro one_segment() %}
const int _vector = _item / _n_segments, _segment = _item % _n_segments;
const int _size = {{_segment_size}}[_segment];
const size_t _count = size_t(_size) * _lanes;
const size_t _begin =
    (size_t({{_n_neurons}}) * _vector + {{_segment_neuron}}[_segment]) * _lanes;
const size_t _row =
    (size_t({{_n_positions}}) * _vector + {{_segment_position}}[_segment]) * _lanes;
const int _type = {{_segment_type}}[_segment];
{% if epochs %}
const size_t _type_begin =
    (size_t({{_n_types}}) * (_by_epoch + _vector) + _type) * _vectors::width;
{% else %}
const size_t _type_begin = (size_t({{_n_types}}) * _vector + _type) * _vectors::width;
{% endif %}
{% endmacro %}
{% macro add_what_pairs_have_more(sum, source) %}
for (int _pair = {{_first_scaled}}[{{sums|length}} * _segment + {{sum}}];
     _pair < {{_first_scaled}}[{{sums|length}} * _segment + {{sum}} + 1]; _pair++) {
    const size_t _set = {{ '_by_epoch + ' if epochs else '' }}_vector;
    const {{real}}* const _gains = {{_gain}} + (size_t({{_n_scaled}}) * _set + _pair) * _lanes;
    const {{real}}* const _pair_weight = {{_weight}} + size_t({{_n_weights}}) * _set
        + {{_scaled_weight}}[_pair] * size_t({{one_weight}} ? 1 : _vectors::width);
    const {{real}}* const _source = _now + {{source}} * _half
        + (size_t({{_n_positions}}) * _vector + {{_scaled_position}}[_pair]) * _lanes;
    {{real}}* const _target = _sum[{{sum}}] + {{_scaled_column}}[_pair] * _lanes;
    for (int _lane = 0; _lane < _lanes; _lane++)
        _target[_lane] += _gains[_lane] * _pair_weight[{{one_weight}} ? 0 : _lane] * _source[_lane];
}
{% endmacro %}
{% macro copies(half, row) %}
    {% for source in range(n_sources) %}
    neuroflysim::copy_to_margins({{_copy_from}}, {{_copy_position}}, {{_segment_first_copy}},
                                 _segment, _lanes, {{row}} + {{source}} * _half,
                                 {{half}} + {{source}} * _half
                                     + size_t({{_n_positions}}) * _vector * _lanes);
    {% endfor %}
{% endmacro %}
typedef neuroflysim::vectors<{{real}}> _vectors;
const int _lanes = {{_n_lanes}}, _n_segments = {{_n_segments}}, _n_shares = {{_n_shares}};
const size_t _half = (size_t({{_n_positions}}) * {{_n_vectors}} * _lanes + 63) / 64 * 64;
{{real}}* const _packed = neuroflysim::on_line({{_outputs}});
{{real}}* const _now = _packed + ({{t_in_timesteps}} % 2) * {{n_sources}} * _half;
{{real}}* const _next = _packed + (1 - {{t_in_timesteps}} % 2) * {{n_sources}} * _half;
{% if epochs %}
const size_t _by_epoch = size_t({{_epoch}}[0]) * {{_n_vectors}};  // vectors of the epochs before
{% endif %}
{% if switches or repacks %}
const bool _starts = {{t_in_timesteps}} == 0;
if (_starts || {{_begins}}[0]) {
    if (_starts) {
{% else %}
if ({{t_in_timesteps}} == 0) {
    {
{% endif %}
        {{scalar_code['by_type']|autoindent}}
{% if epochs %}
        const size_t _n_own =
            size_t({{_n_epochs}}) * {{_n_vectors}} * {{_n_types}} * _vectors::width;
{% else %}
        const size_t _n_own = size_t({{_n_vectors}}) * {{_n_types}} * _vectors::width;
{% endif %}
        for (size_t _own = 0; _own < _n_own; _own++) {
            const size_t _idx = _own, _vectorisation_idx = _own;
            {{vector_code['by_type']|autoindent}}
        }
    }
    {{scalar_code['output']|autoindent}}
    for (int _item = 0; _item < _n_segments * {{_n_vectors}}; _item++) {
        {{one_segment()}}
        for (size_t _k = 0; _k < _count; _k++) {
            const size_t _idx = _begin + _k;
{% if switches and not repacks %}
            if (!_starts && !{{switches_now}}[_idx]) continue;
{% endif %}
            const size_t _own = _type_begin + _k % _vectors::width;
            const size_t _vectorisation_idx = _idx;
            {{vector_code['output']|autoindent}}
            {% for source in range(n_sources) %}
            _now[{{source}} * _half + _row + _k] = _output{{number(source)}};
            {% endfor %}
        }
        {{copies('_now', '_now + _row')|indent(4)}}
    }
}
// What the display shows, for each lane.
{{real}}* const _light = {{_lights}};
for (int _vector = 0; _vector < {{_n_vectors}}; _vector++)
    for (int _column = 0; _column < {{_n_columns}}; _column++)
#pragma GCC ivdep
        for (int _lane = 0; _lane < _lanes; _lane++)
            _light[(size_t({{_n_columns}}) * _vector + _column) * _lanes + _lane] =
                {{_display}}[size_t({{_n_conditions}}) * _column
                            + {{_lane_condition}}[_vector * _lanes + _lane]];
{% if keeps %}
// Kept for the way back: the state before the step, the sums over inputs, and what is seen.
const bool _keeps_step = {{_keeps}};
const size_t _before = size_t({{t_in_timesteps}}) * {{_n_neurons}} * {{_n_vectors}} * _lanes;
const size_t _n_lights = size_t({{_n_columns}}) * {{_n_vectors}} * _lanes;
if (_keeps_step)
    std::memcpy({{_kept_light}} + {{t_in_timesteps}} * _n_lights, _light,
                _n_lights * sizeof({{real}}));
{% endif %}
{% if n_noises %}
for (int _vector = 0; _vector < {{_n_vectors}}; _vector++)
    for (int _k = 0; _k < neuroflysim::noise_width; _k++) {
        const int _of = _vector * _lanes + _k % _lanes;
        int32_t* const _to = {{_noise_lanes}} + 3 * neuroflysim::noise_width * _vector + _k;
        _to[0] = {{_noise_candidate}}[_of];
        _to[neuroflysim::noise_width] = {{_noise_condition}}[_of];
        _to[2 * neuroflysim::noise_width] = {{_noise_trial}}[_of];
    }
const uint32_t _noise_step = {{t_in_timesteps}} + {{_noise_begin}};
{% endif %}
{{scalar_code['step']|autoindent}}
const {{real}} _time_step = {{dt}};
neuroflysim::helpers().run({{_n_threads}}, _n_shares, [&](int _share) {
    const {{real}} dt = _time_step;  // as a double it would make the whole update one
    alignas(64) {{real}} _sum[{{[sums|length, 1]|max}}][({{most_columns}} + 1) * _vectors::width];
    {% if n_noises %}
    alignas(64) {{real}} _noise[{{n_noises}}][
        (neuroflysim::noise_size({{most_columns}}, _vectors::width) + 63) / 64 * 64];
    {% endif %}
    alignas(64) {{real}} _dark[{{most_columns}} * _vectors::width] = {};
    for (int _item = {{_first_of_share}}[_share]; _item < {{_first_of_share}}[_share + 1]; _item++) {
        {{one_segment()}}
        {% if n_noises %}
        const int32_t* const _key = {{_noise_lanes}} + 3 * neuroflysim::noise_width * _vector;
        const neuroflysim::NoiseOfStep _draws = {
            uint32_t({{_noise_seed_low}}), uint32_t({{_noise_seed_high}}), _noise_step, _key,
            _key + neuroflysim::noise_width, _key + 2 * neuroflysim::noise_width};
        {% for which in range(n_noises) %}
        const {{real}}* {{get_array_name(variables['_noise_' ~ which])}} =
            neuroflysim::fill_noise<{{real}}>(
                _draws, {{which}}, {{_segment_neuron}}[_segment], _size, _lanes,
                {{real}}({{_noise_scale}}), _noise[{{which}}]);
        {% endfor %}
        {% endif %}
        const int32_t* const _taps = {{_first_tap}} + {{sums|length}} * _segment;
        {% for name, source in sums %}
        neuroflysim::sum_segment<{{real}}, {{one_weight}}>(
            _now + {{source}} * _half + size_t({{_n_positions}}) * _vector * _lanes,
            {{_tap_position}} + _taps[{{loop.index0}}], {{_tap_weight}} + _taps[{{loop.index0}}],
            _taps[{{loop.index}}] - _taps[{{loop.index0}}],
{% if epochs %}
            {{_weight}} + size_t({{_n_weights}}) * (_by_epoch + _vector), _lanes, _size,
            _sum[{{loop.index0}}]);
{% else %}
            {{_weight}} + size_t({{_n_weights}}) * _vector, _lanes, _size, _sum[{{loop.index0}}]);
{% endif %}
{% if scaled %}
        {{add_what_pairs_have_more(loop.index0, source)}}
{% endif %}
        const {{real}}* {{get_array_name(variables[name])}} = _sum[{{loop.index0}}];
        {% endfor %}
{% if keeps %}
        if (_keeps_step) {
            const size_t _kept_at = _before + _begin, _bytes = _count * sizeof({{real}});
{% for name in states %}
            neuroflysim::keep({{get_array_name(variables['_kept_' ~ name])}} + _kept_at,
                              {{get_array_name(variables[name])}} + _begin, _bytes);
{% endfor %}
{% for name, source in sums %}
            neuroflysim::keep({{get_array_name(variables['_kept_sum_%d' % loop.index0])}} + _kept_at,
                              _sum[{{loop.index0}}], _bytes);
{% endfor %}
        }
{% endif %}
        const bool _sees = {{_type_sees}}[_type];
        const {{real}}* {{luminance}} =
            _sees ? _light + (size_t({{_n_columns}}) * _vector + {{_segment_column}}[_segment]) * _lanes
                  : _dark;
        {{real}}* _next_row = _next + _row;
        int _bad[_vectors::width] = {};
        size_t _first = 0;
        for (; _first + _vectors::width <= _count; _first += _vectors::width) {
            {{update('_vectors::width')}}
        }
        {{update('_count - _first')}}
        if (std::any_of(_bad, _bad + _vectors::width, [](int _is) { return _is; }))
            for (size_t _k = 0; _k < _count; _k++)
                if (!(std::fabs({{voltage}}[_begin + _k]) <= {{bound}}) &&
                    {{runaway_time}}[_begin + _k] == 0)
                    {{runaway_time}}[_begin + _k] = {{t}} + {{dt}};
        {{copies('_next', '_next_row')|indent(4)}}
    }
{% if keeps %}
    if (_keeps_step) neuroflysim::kept();
{% endif %}
});
