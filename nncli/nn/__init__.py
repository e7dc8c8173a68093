"""The network: arrays in, arrays out. No files, no printing, NumPy only."""

# Imports inside of functions: threadpoolctl, which is needed only where NumPy was there before us.
