-- One row per origin: reach, volume, and how rough its year was.
with reach as (
    select
        origin,
        count(*) as destinations,
        count(*) filter (where carriers = 1) as monopoly_destinations,
        cast(sum(departures) as bigint) as departures
    from routes
    group by origin
),

rough as (
    select airport, cast(sum(hours) as bigint) as rough_hours
    from weather.observations.storms
    group by airport
)

select
    reach.origin,
    airports.name as origin_name,
    reach.destinations,
    reach.monopoly_destinations,
    reach.departures,
    round(100.0 * reach.departures / sum(reach.departures) over (), 1) as departures_share_pct,
    rough.rough_hours
from reach
inner join reference.airports.airports as airports on airports.airport = reach.origin
left join rough on rough.airport = reach.origin
