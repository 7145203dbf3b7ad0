select * from u
-- a: u.a
-- b: u.b
-- e: u.e
-- f: u.f

select * exclude (e, f) from u
-- a: u.a
-- b: u.b

select * replace (e + f as e) from u
-- a: u.a
-- b: u.b
-- e: u.e u.f
-- f: u.f

select * rename (a as k) from u
-- b: u.b
-- e: u.e
-- f: u.f
-- k: u.a

select u.* exclude (a) from t join u using (b)
-- b: u.b <- t.b
-- e: u.e <- t.b u.b
-- f: u.f <- t.b u.b

select * exclude (c, d, s, l) from t join u using (a, b)
-- a: t.a <- t.b u.a u.b
-- b: t.b <- t.a u.a u.b
-- e: u.e <- t.a t.b u.a u.b
-- f: u.f <- t.a t.b u.a u.b

from u
-- output: a b e f
-- a: u.a
-- b: u.b
-- e: u.e
-- f: u.f

select s.* from t
-- output: x y
-- x: t.s
-- y: t.s
