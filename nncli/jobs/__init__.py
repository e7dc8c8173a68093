"""The application: what is to be done, callable without the command line.

::

    model = open_model(...)                     a network, its data and its names
    with open_input(job, model) as rows:        tables opened, columns matched
        run(job, model.network, rows, writer)   for each block: parse, compute, spell; written in order
"""

# Imports inside of functions: what only a message or another runtime needs.
