-- level: warn
-- why: Who finds something wrong with data has to know whom to tell.
-- fix: Name a channel under support in the contract or in product.odps.yaml.
select c.port, c.product, c.file, c.line, 'nobody says where to ask for help' as message
from mesh.contracts as c
join mesh.products as p on p.product = c.product
where c.support = 0 and p.support = 0
