"""Pictures and words for people."""

# Imports inside of functions: matplotlib and resvg, optional packages.
