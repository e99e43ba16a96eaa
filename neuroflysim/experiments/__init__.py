"""The experiments database: studies loaded, replayed and compared with the recordings."""
