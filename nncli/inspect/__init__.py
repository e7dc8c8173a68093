"""What is worth saying of a network, its rows and its results; how it is shown is `nncli.views`'s."""
