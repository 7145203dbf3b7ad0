-- level: block
-- why: Who builds on a port plans around how old its rows can be.
-- fix: Add slaProperties with property: freshness, a value and a unit to the contract.
select
    product,
    port,
    file,
    line,
    'no freshness is promised' as message
from mesh.ports
where freshness_s is null
