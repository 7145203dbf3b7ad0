select t.c, u.e from t join u on t.a = u.a
-- c: t.c <- t.a u.a
-- e: u.e <- t.a u.a

select c, e from t left join u using (a)
-- c: t.c <- t.a u.a
-- e: u.e <- t.a u.a

select a from t join u using (a)
-- a: t.a <- u.a

select a from t right join u using (a)
-- a: u.a <- t.a

select a from t full join u using (a, b)
-- a: t.a u.a <- t.b u.b

select c, e from t natural join u
-- c: t.c <- t.a t.b u.a u.b
-- e: u.e <- t.a t.b u.a u.b

select t.c, u.e from t, u where t.a = u.b
-- c: t.c <- t.a u.b
-- e: u.e <- t.a u.b

select c from t semi join u on t.a = u.a and u.e > 1
-- c: t.c <- t.a u.a u.e

select c from t anti join u using (a)
-- c: t.c <- t.a u.a

select c, e from t asof join u on t.a >= u.a
-- c: t.c <- t.a u.a
-- e: u.e <- t.a u.a

select c, e from t cross join u
-- c: t.c
-- e: u.e

select j.c, j.e from (t join u using (a)) j
-- c: t.c <- t.a u.a
-- e: u.e <- t.a u.a

select c, f from (t join u using (a))
-- c: t.c <- t.a u.a
-- f: u.f <- t.a u.a

from t, (u as v join x.y.z as w on v.e = w.g) select c, f, w.g
-- c: t.c <- u.e z.g
-- f: u.f <- u.e z.g
-- g: z.g <- u.e
