"""One function per verb, and the only place that names concrete engines and stores. Faces call these functions."""
