-- level: warn
-- why: A version says what a change means for those who read: 2.0.0 breaks, 1.1.0 adds.
-- fix: Give product.odps.yaml a version of three numbers, for example 1.0.0.
select product, file, line,
    case when version is null then 'it has no version' else 'its version ' || version || ' is not of three numbers' end as message
from mesh.products
where ports > 0 and not regexp_matches(coalesce(version, ''), '^v?[0-9]+[.][0-9]+[.][0-9]+([-+].+)?$')
