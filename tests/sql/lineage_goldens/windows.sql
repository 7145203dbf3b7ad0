select sum(a) over (partition by b order by c) as s from t
-- s: t.a <- t.b t.c

select row_number() over (order by a) as n, b from t
-- b: t.b
-- n: <- t.a

select sum(a) over w as s, lag(b) over (w) as p from t window w as (partition by c order by d)
-- p: t.b <- t.c t.d
-- s: t.a <- t.c t.d

select lag(a, 1, b) over (order by c) as p from t
-- p: t.a t.b <- t.c
