select a, b as x, a + b * 2 as y, 1 as one, t.c, "D" from t
-- D: t.d
-- a: t.a
-- c: t.c
-- x: t.b
-- y: t.a t.b

select s.f as f, t.s.f.g as g, s['k'] as k, l[1] as first_item from t
-- f: t.s
-- first_item: t.l
-- g: t.s
-- k: t.s

select t as whole_row from t
-- whole_row: t.a t.b t.c t.d t.l t.s

select a::varchar as v, try_cast(b as date) as w, coalesce(a, b, 0) as z, nullif(a, b) as n from t
-- n: t.a t.b
-- v: t.a
-- w: t.b
-- z: t.a t.b

select sum(a), -b from t group by b
-- output: a b
-- a: t.a <- t.b
-- b: t.b
