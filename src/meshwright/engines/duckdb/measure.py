def measure_all(cursor, relation, specs): raise NotImplementedError
