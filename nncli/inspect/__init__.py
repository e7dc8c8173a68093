"""Facts about a network, its rows and its results; `nncli.views` shows them."""

# Imports stand at the top: a command that imports this room has rows to look at.
