select a, nowhere.b from t join nowhere on nowhere.a = t.a
-- a: t.a
-- b: <- t.a

select missing from t
-- missing: t.a t.b t.c t.d t.l t.s

select m from unknown_table
-- nothing
