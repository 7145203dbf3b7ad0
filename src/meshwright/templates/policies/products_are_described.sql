-- level: warn
-- why: A product that nobody can tell from others is not found, or used for what it was not made for.
-- fix: Say in product.odps.yaml, under description.purpose, what it is for.
select product, file, line, 'its description says nothing about its purpose' as message
from mesh.products
where ports > 0 and length(trim(coalesce(description, ''))) < 20
