"""What verbs answer, as lines for people: one text for the command line and for HTTP."""
