"""What users see: one file a command. Typer lives only here."""

# Imports inside of functions: every module here is read for the list of commands, so what a command needs is
# imported when it runs. What `main` has loaded anyway stands at the top.
