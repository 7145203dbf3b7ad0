select c.carrier, c.name, count(d.carrier) as departures, sum(d.distance_km::hugeint) as distance_km
from {{ ref('carriers') }} c
left join {{ ref('stg_ops__departures') }} d on d.carrier = c.carrier
group by all
