select z.g, x.y.z.a from x.y.z
-- a: z.a
-- g: z.g

select w.g from x.y.z w
-- g: z.g

select T.A from T
-- A: t.a
