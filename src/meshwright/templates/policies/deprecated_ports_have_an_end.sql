-- level: warn
-- why: Who reads what goes away needs a day to plan for.
-- fix: Add slaProperties with property: endOfSupport (or endOfLife) and a day as value to the contract.
select port, product, file, line, 'it is deprecated and does not say until when it is there' as message
from mesh.ports
where lower(status) = 'deprecated' and not exists (
    from mesh.service_levels
    where service_levels.port = ports.port and lower(service_levels.property) in ('endofsupport', 'endoflife')
        and service_levels.value is not null
)
