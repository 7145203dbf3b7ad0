select p, q from (values (1, 2)) v(p, q)
-- nothing

values (1, 2)
-- nothing

select v.p from t, lateral (values (t.a), (t.b)) v(p)
-- p: t.a t.b
