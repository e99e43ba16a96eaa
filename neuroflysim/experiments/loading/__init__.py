"""Loading a study: its two files, the schema, and what no schema can say."""
