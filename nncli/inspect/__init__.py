"""What is worth saying of a network, its rows and its results; how it is shown is `nncli.views`'s."""

# Imports stand at the top: whoever imports this room has rows to look at.
