"""From published connectomes and reconstructed neurons to the tables of neuroflysim.

`flyvis_json` made the embedded tables. `from_neurons` is the door for neurons and synapses of a
lobe, `neuroflysim.connectome_from_neurons`; the files beside it are its steps, in this order:

- `options`, `table_names`: what the caller chose, and what columns are called;
- `table_pieces`, `exact_values`: files and tables, read in pieces; ids stay whole numbers;
- `neuron_table`, `pair_store`: typed neurons with their columns, and pairs of them;
- `lobe`, `lobe_map`, `placing`: neighbours, borders, columns of cells that have none;
- `averages`: means over target cells by source type, target type and offset;
- `axes`, `turning`: how the lobe lies in the eye;
- `strides`, `type_table`, `thresholds`, `signs`: what becomes of it in the model;
- `decisions`, `provenance`: what was decided, for ``connectome.provenance`` and the report.

An importer of files that one project publishes gives `connectome_from_neurons` what it takes:
``neurons`` (id, cell_type, transmitter, and p, q or a table ``columns``), ``synapses`` (pre, post,
synapses), each a DataFrame, a path, or a generator of DataFrames, the pieces of a large file that
were mended on the way (`table_pieces.pieces` reads them so); ``names`` of columns, ``types`` as a
mapping of their names to ours (None leaves a type out), and ``source`` with version, licence and
citation for the provenance.
"""
