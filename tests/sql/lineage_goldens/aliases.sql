select a + b as x, x + c as y from t
-- x: t.a t.b
-- y: t.a t.b t.c

select a as b, b as a from t
-- a: t.b
-- b: t.a

select a + b as x from t where x > 1
-- x: t.a t.b

select a + b as x, count(*) as n from t group by x
-- n: <- t.a t.b
-- x: t.a t.b

select a + b as x from t order by x limit 3
-- x: t.a t.b

select a as k from t order by k
-- k: t.a
