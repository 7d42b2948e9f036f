"""The parts of tools/docs."""
