"""Pages for people: the demonstration, the machine's state, what is in a connectome."""
