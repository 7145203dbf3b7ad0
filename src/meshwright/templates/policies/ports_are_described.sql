-- level: warn
-- why: A port is what others build on: they have to know what a row of it is.
-- fix: Write a description in the contract (description.purpose), or for the port in product.odps.yaml.
select port, product, file, line, 'it is not described' as message
from mesh.ports
where length(trim(coalesce(description, ''))) = 0
