"""The command line: `meshwright`, short `mw`. Begin reading at `main`."""
