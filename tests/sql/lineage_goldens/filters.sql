select a from t where b > 1 and c is not null
-- a: t.a <- t.b t.c

select a from t where a > 1
-- a: t.a

select max(a) as m from t group by b having min(c) > 1
-- m: t.a <- t.b t.c

select a from t qualify row_number() over (partition by b order by c) = 1
-- a: t.a <- t.b t.c
