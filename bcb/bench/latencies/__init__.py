"""What it costs a model to read L steps at once, and to read one more after L steps."""
