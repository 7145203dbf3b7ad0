"""What verbs answer, as JSON documents: one shape for the command line and for HTTP."""
