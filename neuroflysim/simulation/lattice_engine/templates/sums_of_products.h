{# Adds the products of all features after a step to their sums. Features are 1, the outputs of
some cell types averaged over the columns of a site, and the targets; a pair of them is a product.
Outputs are read where the step has just packed them for the next one. #}
const int64_t _frame = {{t_in_timesteps}} - {{_n_before}};
if (_frame < 0 || _frame >= {{_n_frames}} || {{_frame_weight}}[_frame] == 0) return;
const int _lanes = {{_n_lanes}}, _n_outputs = {{_n_outputs}}, _n_targets = {{_n_targets}};
const int _n_features = 1 + _n_outputs + _n_targets;
const size_t _n_pairs = size_t(_n_features) * (_n_features + 1) / 2;
const size_t _half = (size_t({{_n_positions}}) * {{_n_vectors}} * _lanes + 63) / 64 * 64;
const {{real}}* const _next =
    neuroflysim::on_line({{_outputs}}) + (1 - {{t_in_timesteps}} % 2) * _half;
neuroflysim::helpers().run({{_n_threads}}, {{_n_vectors}}, [&](int _vector) {
    std::vector<{{real}}> _feature(_n_features * _lanes), _sum(_n_pairs * _lanes);
    std::fill_n(_feature.begin(), _lanes, {{real}}(1));
    const {{real}}* const _packed = _next + size_t({{_n_positions}}) * _vector * _lanes;
    for (int _site = 0; _site < {{_n_sites}}; _site++) {
        const int _first = _site * {{_n_pooled}}, _last = _first + {{_n_pooled}};
        for (int _output = 0; _output < _n_outputs; _output++) {
            {{real}}* const _mean = &_feature[(1 + _output) * _lanes];
            std::fill_n(_mean, _lanes, {{real}}(0));
            for (int _at = _first; _at < _last; _at++) {
                const int _position =
                    {{_output_position}}[_output * {{_n_columns}} + {{_site_column}}[_at]];
                for (int _lane = 0; _lane < _lanes; _lane++)
                    _mean[_lane] += _packed[size_t(_position) * _lanes + _lane];
            }
            for (int _lane = 0; _lane < _lanes; _lane++) _mean[_lane] /= _last - _first;
        }
        for (int _target = 0; _target < _n_targets; _target++)
            for (int _lane = 0; _lane < _lanes; _lane++)
                _feature[(1 + _n_outputs + _target) * _lanes + _lane] = {{_targets}}[
                    ((_frame * {{_n_sites}} + _site) * _n_targets + _target) * {{_n_conditions}}
                    + {{_lane_condition}}[_vector * _lanes + _lane]];
        {{real}}* _product = _sum.data();
        for (int _one = 0; _one < _n_features; _one++)
            for (int _other = _one; _other < _n_features; _other++, _product += _lanes)
                for (int _lane = 0; _lane < _lanes; _lane++)
                    _product[_lane] +=
                        _feature[_one * _lanes + _lane] * _feature[_other * _lanes + _lane];
    }
    double* const _total = {{_sums}} + _n_pairs * _vector * _lanes;
    const double _weight_of_frame = {{_frame_weight}}[_frame];
    for (size_t _k = 0; _k < _n_pairs * _lanes; _k++) _total[_k] += _weight_of_frame * _sum[_k];
});
