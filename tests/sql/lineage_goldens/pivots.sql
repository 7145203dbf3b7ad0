pivot t on a in (1, 2) using sum(b) group by c
-- output: c one two
-- c: t.c
-- one: t.b <- t.a t.c
-- two: t.b <- t.a t.c

select * from t pivot (sum(b) for a in (1, 2))
-- output: c d s l one two
-- c: t.c <- t.d t.l t.s
-- d: t.d <- t.c t.l t.s
-- l: t.l <- t.c t.d t.s
-- one: t.b <- t.a t.c t.d t.l t.s
-- s: t.s <- t.c t.d t.l
-- two: t.b <- t.a t.c t.d t.l t.s

unpivot (select a, b, c, d from t) on b, c into name k value v
-- output: a d k v
-- a: t.a <- t.b t.c
-- d: t.d <- t.b t.c
-- k: <- t.b t.c
-- v: t.b t.c

select k, v, a from t unpivot (v for k in (b, c))
-- a: t.a <- t.b t.c
-- k: <- t.b t.c
-- v: t.b t.c

select v, a from (unpivot t on b, c into name k value v)
-- a: t.a <- t.b t.c
-- v: t.b t.c

pivot t on a using sum(b) group by c
-- output: c x y
-- c: t.c
-- x: t.b <- t.a t.c
-- y: t.b <- t.a t.c
