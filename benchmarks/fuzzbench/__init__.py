"""Parts of `benchmarks/fuzzing.py`."""
