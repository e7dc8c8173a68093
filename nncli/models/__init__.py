"""Networks from and to other tools' files: the same verbs in every file."""
