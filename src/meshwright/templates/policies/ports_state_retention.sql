-- level: warn
-- why: Consumers have to know how far back they can look, and the law asks how long data is kept.
-- fix: Add slaProperties with property: retention, a value and a unit to the contract.
select port, product, file, line, 'it does not say how long data is kept' as message
from mesh.ports
where not exists (
    from mesh.service_levels
    where service_levels.port = ports.port and lower(service_levels.property) = 'retention' and service_levels.value is not null
)
