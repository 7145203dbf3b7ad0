with x as (select a, b as k from t where c = 1) select k from x
-- k: t.b <- t.c

with x as (select a from t), y as (select a + 1 as n from x where a > 0) select n from y
-- n: t.a

with t as (select a as b from t) select b from t
-- b: t.a

with x(p, q) as (select a, b from t) select q, p from x
-- p: t.a
-- q: t.b

with x as (select a from t) select * from (with x as (select e as a from u) select a from x) join x using (a)
-- a: u.e <- t.a
