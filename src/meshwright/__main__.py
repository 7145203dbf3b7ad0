"""``python -m meshwright`` is the command line."""

from meshwright.faces.cli.main import main

main()
