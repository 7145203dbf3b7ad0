select l.m from t, lateral (select t.a + t.b as m) l
-- m: t.a t.b

select v.n, a from t, unnest(t.l) v(n)
-- a: t.a <- t.l
-- n: t.l

select unnest(l) as n, a from t
-- a: t.a <- t.l
-- n: t.l

select unnest(s) from t
-- output: p q
-- p: t.s
-- q: t.s

select a, unnest(s), b from t
-- output: a p q b
-- a: t.a <- t.s
-- b: t.b <- t.s
-- p: t.s
-- q: t.s

select i from range(10) r(i)
-- nothing

select r.i from t, range(t.a) r(i)
-- i: t.a

select m from (select a from t) x join lateral (select x.a as m) y on true
-- m: t.a
