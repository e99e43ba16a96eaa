{# As sums_of_products.h, a thread for each product and lane: a block has all lanes of a vector. #}
{# USES_VARIABLES { t, dt, t_in_timesteps } #}
{% extends 'common_group.cu' %}

{% block kernel %}
__global__ void _run_kernel_{{codeobj_name}}(
    int _N, int THREADS_PER_BLOCK,
    %KERNEL_PARAMETERS%)
{
    using namespace brian;
    %KERNEL_CONSTANTS%
    {{kernel_lines|autoindent}}
    const int _frame = {{t_in_timesteps}} - {{_n_before}};
    if (_frame < 0 || _frame >= {{_n_frames}} || {{_frame_weight}}[_frame] == 0) return;
    const int _lanes = {{_n_lanes}}, _n_outputs = {{_n_outputs}}, _n_targets = {{_n_targets}};
    const int _n_features = 1 + _n_outputs + _n_targets;
    const int _n_pairs = _n_features * (_n_features + 1) / 2;
    const int _vector = blockIdx.x / _n_pairs, _pair = blockIdx.x % _n_pairs;
    int _pair_of[2] = {0, _pair};  // which two features
    for (; _pair_of[1] >= _n_features - _pair_of[0]; _pair_of[0]++)
        _pair_of[1] -= _n_features - _pair_of[0];
    _pair_of[1] += _pair_of[0];
    const size_t _half = (size_t({{_n_positions}}) * {{_n_vectors}} * _lanes + 63) / 64 * 64;
    const {{real}}* _packed = {{_outputs}} + (1 - {{t_in_timesteps}} % 2) * {{n_sources}} * _half
                              + size_t({{_n_positions}}) * _vector * _lanes;
    for (int _lane = threadIdx.x; _lane < _lanes; _lane += blockDim.x) {
        {{real}} _sum = 0;
        for (int _site = 0; _site < {{_n_sites}}; _site++) {
            const int _first = _site * {{_n_pooled}}, _last = _first + {{_n_pooled}};
            {{real}} _product = 1;
            for (int _k = 0; _k < 2; _k++) {
                const int _output = _pair_of[_k] - 1, _target = _output - _n_outputs;
                if (_target >= 0) {
                    _product *= {{_targets}}[
                        ((size_t(_frame) * {{_n_sites}} + _site) * _n_targets + _target)
                        * {{_n_conditions}} + {{_lane_condition}}[_vector * _lanes + _lane]];
                } else if (_output >= 0) {
                    {{real}} _mean = 0;
                    for (int _at = _first; _at < _last; _at++)
                        _mean += _packed[size_t({{_output_position}}[
                            _output * {{_n_columns}} + {{_site_column}}[_at]]) * _lanes + _lane];
                    _product *= _mean / (_last - _first);
                }
            }
            _sum += _product;
        }
        {{_sums}}[(size_t(_n_pairs) * _vector + _pair) * _lanes + _lane] +=
            {{_frame_weight}}[_frame] * _sum;
    }
}
{% endblock %}

{% block prepare_kernel %}
{% endblock %}

{% block kernel_call %}
    const int _n_features = 1 + {{get_array_name(variables['_n_outputs'], prefix='')}}[0]
                            + {{get_array_name(variables['_n_targets'], prefix='')}}[0];
    const int _n_blocks = _n_features * (_n_features + 1) / 2
                          * {{get_array_name(variables['_n_vectors'], prefix='')}}[0];
    _run_kernel_{{codeobj_name}}<<<_n_blocks, 32>>>(
        _N, 32,
        %HOST_PARAMETERS%);
    CUDA_CHECK_ERROR("_run_kernel_{{codeobj_name}}");
{% endblock %}
