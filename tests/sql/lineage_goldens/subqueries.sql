select (select max(e) from u where u.a = t.a) as m from t
-- m: u.e <- t.a u.a

select a in (select b from u where e > 1) as x from t
-- x: t.a <- u.b u.e

select a from t where b in (select b from u)
-- a: t.a <- t.b u.b

select a from t where exists (select 1 from u where u.e = t.b)
-- a: t.a <- t.b u.e

select a > any(select e from u) as x from t
-- x: t.a <- u.e

select array(select e from u where u.a = t.a) as x from t
-- x: u.e <- t.a u.a

select x.k from (select a + b as k from t where c) x
-- k: t.a t.b <- t.c

select a from t where b > (select avg(b) from t)
-- a: t.a <- t.b
