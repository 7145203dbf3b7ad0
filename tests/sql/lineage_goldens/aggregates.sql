select count(*) as n from t
-- nothing

select count(*) as n from t where a > 1
-- n: <- t.a

select b, count(a) as n, sum(c) filter (where d > 1) as s from t group by b
-- b: t.b
-- n: t.a <- t.b
-- s: t.c <- t.b t.d

select list(a order by b) as x, string_agg(a, ',' order by c) as y, arg_max(a, b) as z from t
-- x: t.a <- t.b
-- y: t.a <- t.c
-- z: t.a <- t.b

select percentile_cont(0.5) within group (order by a) as m from t
-- m: t.a

select a, b, sum(c) as s from t group by all
-- a: t.a <- t.b
-- b: t.b <- t.a
-- s: t.c <- t.a t.b

select a as k, sum(c) as s from t group by 1
-- k: t.a
-- s: t.c <- t.a

select sum(c) as s from t group by grouping sets ((a), (b))
-- s: t.c <- t.a t.b

select distinct a from t
-- a: t.a

select distinct on (b) a from t order by b, c
-- a: t.a <- t.b t.c
