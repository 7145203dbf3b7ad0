-- One row per weather condition: what it costs, beside fair weather.
with conditions as (
    select
        condition,
        count(*) as departures,
        round(100.0 * count(*) filter (where is_late) / count(*), 1) as departed_late_pct,
        round(avg(departure_delay_min), 1) as average_delay_min
    from departure_conditions
    where condition is not null
    group by condition
)

select
    conditions.condition,
    conditions.departures,
    conditions.departed_late_pct,
    conditions.average_delay_min,
    round(conditions.average_delay_min - fair.average_delay_min, 1) as extra_delay_min
from conditions
cross join (select average_delay_min from conditions where condition = 'fair') as fair
