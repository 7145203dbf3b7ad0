select case when a > 1 then b else c end as x from t
-- x: t.b t.c <- t.a

select case a when b then c when d then 1 end as x from t
-- x: t.c <- t.a t.b t.d

select if(a, b, c) as x from t
-- x: t.b t.c <- t.a
