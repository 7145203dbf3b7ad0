"""Scripts that run under a foreign tool's own Python. They import nothing of meshwright; see tools/scripts.py.

Each ends with status 97 where the tool is not installed in that Python, 98 where trying again cannot help, and writes the tool's
own words into ``error.txt`` beside its request.
"""
