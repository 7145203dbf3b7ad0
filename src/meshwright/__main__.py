"""``python -m meshwright`` is the command line."""

import sys

from meshwright.faces.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
