from meshwright.engines.protocol import *
def build_source(cursor, read, target, temp): raise NotImplementedError
def read_head(read, limits): raise NotImplementedError
