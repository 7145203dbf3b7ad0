select a from t order by b
-- a: t.a <- t.b

select a from t order by b limit 3
-- a: t.a <- t.b

select a, b from t order by all
-- a: t.a <- t.b
-- b: t.b <- t.a

select a from t limit (select max(e) from u)
-- a: t.a <- u.e
