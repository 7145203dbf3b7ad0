-- level: warn
-- why: Consumers plan around freshness.
-- fix: Add slaProperties with property: freshness, a value and a unit to the contract.
select port, product, file, line, 'no freshness objective' as message
from mesh.ports
where freshness_s is null
