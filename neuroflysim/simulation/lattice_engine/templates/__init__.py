"""Brian2 code templates of the lattice engine, one for each code generation target."""
