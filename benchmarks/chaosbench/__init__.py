"""The parts of `python -m benchmarks.chaos`: a world, newsletters that change, bots that are killed, and an oracle."""
