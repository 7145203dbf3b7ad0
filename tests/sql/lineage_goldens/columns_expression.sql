select columns('a|b') from t
-- a: t.a
-- b: t.b

select columns(['a', 'e']) from u
-- a: u.a
-- e: u.e

select min(columns(*)) from u
-- output: a b e f
-- a: u.a
-- b: u.b
-- e: u.e
-- f: u.f

select coalesce(*columns(*)) as q from u
-- output: q
-- q: u.a u.b u.e u.f

select columns(lambda c: c in ('a', 'e')) from u
-- output: a e
-- a: u.a u.b u.e u.f
-- e: u.a u.b u.e u.f

select columns(* exclude (e, f)) + e from u
-- output: a b
-- a: u.a u.e
-- b: u.b u.e
