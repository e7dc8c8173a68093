"""What users see: one file a command. Typer lives only here."""
