{# One step of all neurons on a GPU: a block for each segment and vector, threads over (column,
lane). Each thread pulls its own input: no atomics, and neighbours read what lies side by side. The
outputs of this step and of the next are packed apart, as on the CPU (see lattice_step.h). #}
{# USES_VARIABLES { N, t, dt, t_in_timesteps } #}
{% extends 'common_group.cu' %}

{% macro _one_segment() %}
    const int _lanes = {{_n_lanes}}, _n_segments = {{_n_segments}};
    const int _vector = blockIdx.x / _n_segments, _segment = blockIdx.x % _n_segments;
    const int _type = {{_segment_type}}[_segment];
    const int _count = {{_segment_size}}[_segment] * _lanes;
    const int _begin = ({{_n_neurons}} * _vector + {{_segment_neuron}}[_segment]) * _lanes;
    const size_t _packed = size_t({{_n_positions}}) * _vector * _lanes;
    const size_t _half = (size_t({{_n_positions}}) * {{_n_vectors}} * _lanes + 63) / 64 * 64;
{% if epochs %}
    const size_t _set = size_t({{_epoch}}[0]) * {{_n_vectors}} + _vector;
{% else %}
    const size_t _set = _vector;
{% endif %}
    const int _type_begin = ({{_n_types}} * _set + _type) * {{width}};
    int _vectorisation_idx = -1;
{% endmacro %}

{% macro _number(source) %}{{ '_%d' % source if source else '' }}{% endmacro %}
{% macro _write_output(half) %}
        {% for source in range(n_sources) %}
        {
            {{real}}* const _this_packed = {{half}} + {{source}} * _half + _packed;
            _this_packed[{{_segment_position}}[_segment] * _lanes + _place] = _output{{_number(source)}};
            for (int _copy = {{_segment_first_copy}}[_segment];
                 _copy < {{_segment_first_copy}}[_segment + 1]; _copy++)
                if ({{_copy_from}}[_copy] == _place / _lanes)
                    _this_packed[{{_copy_position}}[_copy] * _lanes + _lane] =
                        _output{{_number(source)}};
        }
        {% endfor %}
{% endmacro %}

{% block extra_headers %}
{{noise}}
{% endblock %}

{% block kernel %}
// Computes what all cells of a type share.
__global__ void _by_type_kernel_{{codeobj_name}}(
    int _N, int THREADS_PER_BLOCK,
    %KERNEL_PARAMETERS%)
{
    using namespace brian;
    %KERNEL_CONSTANTS%
    {{kernel_lines|autoindent}}
    int _vectorisation_idx = -1;
    {{scalar_code['by_type']|autoindent}}
{% if epochs %}
    const int _n_own = {{_n_epochs}} * {{_n_vectors}} * {{_n_types}} * {{width}};
{% else %}
    const int _n_own = {{_n_vectors}} * {{_n_types}} * {{width}};
{% endif %}
    for (int _own = threadIdx.x; _own < _n_own; _own += blockDim.x) {
        const int _idx = _own;
        _vectorisation_idx = _own;
        {{vector_code['by_type']|autoindent}}
    }
}

// Packs the outputs before the first step, and those of cells that are switched before theirs.
__global__ void _pack_kernel_{{codeobj_name}}(
    int _N, int THREADS_PER_BLOCK,
    %KERNEL_PARAMETERS%)
{
    using namespace brian;
    %KERNEL_CONSTANTS%
    {{kernel_lines|autoindent}}
{% if switches or repacks %}
    const bool _starts = {{t_in_timesteps}} == 0;
    if (!_starts && !{{_begins}}[0]) return;
{% endif %}
    {{_one_segment()}}
    {{scalar_code['output']|autoindent}}
{% if switches or repacks %}
    {{real}}* const _now = {{_outputs}} + ({{t_in_timesteps}} % 2) * {{n_sources}} * _half;
{% else %}
    {{real}}* const _now = {{_outputs}};
{% endif %}
    const int _k = 0;
    const {{real}} _nothing[1] = {0};
    for (int _place = threadIdx.x; _place < _count; _place += blockDim.x) {
        const int _lane = _place % _lanes, _idx = _begin + _place;
{% if switches and not repacks %}
        if (!_starts && !{{switches_now}}[_idx]) continue;
{% endif %}
        const int _own = _type_begin + _place % {{width}};
        const {{real}}* {{luminance}} = _nothing;
        {% for name, _ in sums %}
        const {{real}}* {{get_array_name(variables[name])}} = _nothing;
        {% endfor %}
        _vectorisation_idx = _idx;
        {{vector_code['output']|autoindent}}
        {{_write_output('_now')}}
    }
}

__global__ void _run_kernel_{{codeobj_name}}(
    int _N, int THREADS_PER_BLOCK,
    %KERNEL_PARAMETERS%)
{
    using namespace brian;
    %KERNEL_CONSTANTS%
    {{kernel_lines|autoindent}}
    {{_one_segment()}}
    const int _odd = {{t_in_timesteps}} % 2;
    const {{real}}* __restrict__ _now = {{_outputs}} + _odd * {{n_sources}} * _half + _packed;
    {{real}}* const _next = {{_outputs}} + (1 - _odd) * {{n_sources}} * _half;
    const {{real}}* __restrict__ _weights = {{_weight}} + size_t({{_n_weights}}) * _set;
    const int32_t* const _taps = {{_first_tap}} + {{sums|length}} * _segment;
    {{scalar_code['step']|autoindent}}
    const int _k = 0;  // what the template provides is the thread's own
    for (int _place = threadIdx.x; _place < _count; _place += blockDim.x) {
        const int _lane = _place % _lanes, _idx = _begin + _place;
        const int _own = _type_begin + _place % {{width}};
        {{real}} _light[1] = {0};
        {% for name, source in sums %}
        {{real}} _input_{{loop.index0}}[1] = {0};
        for (int _tap = _taps[{{loop.index0}}]; _tap < _taps[{{loop.index}}]; _tap++)
{% if one_weight == 'true' %}
            _input_{{loop.index0}}[0] += _weights[{{_tap_weight}}[_tap]]
{% else %}
            _input_{{loop.index0}}[0] += _weights[{{_tap_weight}}[_tap] * {{width}} + _place % {{width}}]
{% endif %}
                * _now[{{source}} * _half + {{_tap_position}}[_tap] * _lanes + _place];
{% if scaled %}
        for (int _pair = {{_first_scaled}}[{{sums|length}} * _segment + {{loop.index0}}];
             _pair < {{_first_scaled}}[{{sums|length}} * _segment + {{loop.index}}]; _pair++)
            if ({{_scaled_column}}[_pair] == _place / _lanes)
                _input_{{loop.index0}}[0] +=
                    {{_gain}}[(size_t({{_n_scaled}}) * _set + _pair) * _lanes + _lane]
{% if one_weight == 'true' %}
                    * _weights[{{_scaled_weight}}[_pair]]
{% else %}
                    * _weights[{{_scaled_weight}}[_pair] * {{width}} + _place % {{width}}]
{% endif %}
                    * _now[{{source}} * _half + {{_scaled_position}}[_pair] * _lanes + _lane];
{% endif %}
        const {{real}}* {{get_array_name(variables[name])}} = _input_{{loop.index0}};
        {% endfor %}
        if ({{_type_sees}}[_type])
            _light[0] = {{_display}}[{{_n_conditions}}
                                    * ({{_segment_column}}[_segment] + _place / _lanes)
                                    + {{_lane_condition}}[_vector * _lanes + _lane]];
        const {{real}}* {{luminance}} = _light;
        {% for which in range(n_noises) %}
        const {{real}} _noise_of_{{which}}[1] = {
            {{real}}({{_noise_scale}}) * {{real}}(neuroflysim::deviate_of(
                {{_segment_neuron}}[_segment] + _place / _lanes,
                uint32_t({{t_in_timesteps}} + {{_noise_begin}}),
                {{_noise_trial}}[_vector * _lanes + _lane], {{which}},
                {{_noise_seed_low}}, {{_noise_seed_high}},
                {{_noise_candidate}}[_vector * _lanes + _lane],
                {{_noise_condition}}[_vector * _lanes + _lane]))};
        const {{real}}* {{get_array_name(variables['_noise_' ~ which])}} = _noise_of_{{which}};
        {% endfor %}
        _vectorisation_idx = _idx;
        {{vector_code['step']|autoindent}}
        {{_write_output('_next')}}
        if (!(fabs({{voltage}}[_idx]) <= {{bound}}) && {{runaway_time}}[_idx] == 0)
            {{runaway_time}}[_idx] = {{t}} + {{dt}};
    }
}
{% endblock %}

{# Instead of brian2cuda's choice of blocks by the number of neurons, and of its one call. #}
{% block prepare_kernel %}
{% endblock %}

{% block kernel_call %}
    const int _n_blocks = {{get_array_name(variables['_n_segments'], prefix='')}}[0]
                          * {{get_array_name(variables['_n_vectors'], prefix='')}}[0];
    const bool _first_step = {{get_array_name(variables['t_in_timesteps'], prefix='')}}[0] == 0;
    if (_first_step) {
        _by_type_kernel_{{codeobj_name}}<<<1, 256>>>(
            _N, 256,
            %HOST_PARAMETERS%);
        CUDA_CHECK_ERROR("_by_type_kernel_{{codeobj_name}}");
    }
    if ({{ 'true' if switches or repacks else '_first_step' }}) {  // the GPU alone knows when an epoch begins
        _pack_kernel_{{codeobj_name}}<<<_n_blocks, 256>>>(
            _N, 256,
            %HOST_PARAMETERS%);
        CUDA_CHECK_ERROR("_pack_kernel_{{codeobj_name}}");
    }
    _run_kernel_{{codeobj_name}}<<<_n_blocks, 256>>>(
        _N, 256,
        %HOST_PARAMETERS%);
    CUDA_CHECK_ERROR("_run_kernel_{{codeobj_name}}");
{% endblock %}
