{# Adds the products of all features after a step to their sums. Features are 1, the outputs of
some cell types averaged over the columns of a site, and the targets; a pair of them is a product.
Outputs are read where the step has just packed them for the next one: whole stretches, also where
there are fewer lanes; what is in the others is not used. #}
const int64_t _frame = {{t_in_timesteps}} - {{_n_before}};
if (_frame < 0 || _frame >= {{_n_frames}} || {{_frame_weight}}[_frame] == 0) return;
typedef neuroflysim::vectors<{{real}}> _vectors;
const int _lanes = {{_n_lanes}}, _n_outputs = {{_n_outputs}}, _n_targets = {{_n_targets}};
const int _n_features = 1 + _n_outputs + _n_targets;
const size_t _n_pairs = size_t(_n_features) * (_n_features + 1) / 2;
const size_t _half = (size_t({{_n_positions}}) * {{_n_vectors}} * _lanes + 63) / 64 * 64;
const {{real}}* const _next =
    neuroflysim::on_line({{_outputs}}) + (1 - {{t_in_timesteps}} % 2) * {{n_sources}} * _half;
const int _most = std::min(int({{_n_sites}}), neuroflysim::most_sites);
const size_t _room = size_t(neuroflysim::whole_tiles(_n_features)) * _most * _vectors::width;
neuroflysim::helpers().run({{_n_threads}}, {{_n_vectors}}, [&](int _vector) {
    std::vector<{{real}}> _memory(_room + _vectors::width);
    {{real}}* const _features = neuroflysim::on_line(_memory.data());
    const {{real}}* const _packed = _next + size_t({{_n_positions}}) * _vector * _lanes;
    for (int _begin = 0; _begin < {{_n_sites}}; _begin += _most) {
        const int _count = std::min(_most, int({{_n_sites}}) - _begin);
        {{real}}* _feature = _features;
        _feature = std::fill_n(_feature, _count * _vectors::width, {{real}}(1));
        for (int _output = 0; _output < _n_outputs; _output++) {
            neuroflysim::average_columns<{{real}}>(
                _packed, {{_output_position}} + _output * {{_n_columns}},
                {{_site_column}} + _begin * {{_n_pooled}}, _count, {{_n_pooled}}, _lanes, _feature);
            _feature += _count * _vectors::width;
        }
        for (int _target = 0; _target < _n_targets; _target++)
            for (int _site = _begin; _site < _begin + _count; _site++, _feature += _vectors::width)
                for (int _lane = 0; _lane < _lanes; _lane++)
                    _feature[_lane] = {{_targets}}[
                        ((_frame * {{_n_sites}} + _site) * _n_targets + _target) * {{_n_conditions}}
                        + {{_lane_condition}}[_vector * _lanes + _lane]];
        neuroflysim::add_products<{{real}}>(
            _features, _n_features, _count, _lanes, {{_frame_weight}}[_frame],
            {{_sums}} + _n_pairs * _vector * _lanes);
    }
});
