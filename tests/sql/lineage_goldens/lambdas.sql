select list_transform(l, x -> x + a) as m from t
-- m: t.a t.l

select [i + b for i in l if i > c] as m from t
-- m: t.b t.l <- t.c

select l.list_filter(x -> x > a) as m from t
-- m: t.a t.l

select list_transform(l, (x, i) -> x.a + i) as m from t
-- m: t.l
