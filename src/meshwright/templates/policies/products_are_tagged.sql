-- level: warn
-- why: Tags are how people find products across domains, and how they select them in commands.
-- fix: Add tags to product.odps.yaml.
select product, file, line, 'it has no tags' as message
from mesh.products
where ports > 0 and len(tags) = 0
