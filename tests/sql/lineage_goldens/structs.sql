select {'k': a, 'm': b} as r from t
-- r: t.a t.b

select struct_pack(k := a) as r, row(b, c) as q from t
-- q: t.b t.c
-- r: t.a

select r.k from (select {'k': a, 'm': b} as r from t)
-- k: t.a t.b
