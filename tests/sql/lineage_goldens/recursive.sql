with recursive r as (select a, b from t union all select r.a + 1, u.e from r join u on u.a = r.b) select a, b from r
-- a: t.a <- t.b u.a u.e
-- b: t.b u.e <- u.a

with recursive r(n) as (select 1 union all select n + 1 from r where n < (select max(a) from t)) select n from r
-- n: <- t.a

with recursive r(x, y, z) as (select a, b, c from t union all select y, z, x from r) select * from r
-- x: t.a t.b t.c
-- y: t.a t.b t.c
-- z: t.a t.b t.c
