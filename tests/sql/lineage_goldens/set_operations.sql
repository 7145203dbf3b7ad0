select a, b from t union all select e, f from u
-- a: t.a u.e
-- b: t.b u.f

select a from t union select e from u
-- a: t.a u.e

select a from t intersect select e from u
-- a: t.a <- u.e

select a from t except select e from u
-- a: t.a <- u.e

select a, b from t union all by name select b, e from u
-- a: t.a
-- b: t.b u.b
-- e: u.e

(select a from t where b) union all (select e from u order by f limit 1)
-- a: t.a u.e <- t.b u.f

select a from t union all select b from t union all select c from t order by 1 limit 3
-- a: t.a t.b t.c
