"""Judging the model's values beside those of flies: agreement, ceiling, score."""
