"""The network: arrays in, arrays out. No files, no printing, NumPy only."""
