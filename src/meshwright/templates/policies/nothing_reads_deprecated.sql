-- level: warn
-- why: What is built on something that goes away goes away with it.
-- fix: Read what takes its place; who owns it says what that is.
with offered as (
    select unnest(datasets) as dataset, bool_and(lower(coalesce(status, '')) in ('deprecated', 'retired')) as is_leaving
    from mesh.ports
    group by 1
)
select e.dataset, e.file, e.line, 'it reads ' || e.source || ', which is deprecated' as message
from mesh.edges as e
left join mesh.products as p on p.product = e.source_product
left join offered as o on o.dataset = e.source
where e.crosses_products and e.kind = 'reads'
    and (lower(coalesce(p.status, '')) in ('deprecated', 'retired') or coalesce(o.is_leaving, false))
