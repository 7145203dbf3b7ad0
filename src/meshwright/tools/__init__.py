"""External tools, one module each; today git, which tells what code a run is made from."""
