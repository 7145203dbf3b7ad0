select list_transform(l, lambda x: x + a) as m from t
-- m: t.a t.l

select [i + b for i in l if i > c] as m from t
-- m: t.b t.l <- t.c

select l.list_filter(lambda x: x > a) as m from t
-- m: t.a t.l

select list_transform(l, lambda x, i: x + i * a) as m from t
-- m: t.a t.l
