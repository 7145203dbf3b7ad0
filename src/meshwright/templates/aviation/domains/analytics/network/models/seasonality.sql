-- One row per origin and month: flights a day, as an index of the origin's whole year (100 is its average).
with months as (
    select
        origin,
        cast(date_trunc('month', flight_date) as date) as month,
        count(*) as departures,
        count(distinct flight_date) as days
    from operations.flights.departures
    group by origin, date_trunc('month', flight_date)
)

select
    origin,
    month,
    round(departures / days, 1) as departures_per_day,
    round(100 * (departures / days) / (sum(departures) over whole_year / sum(days) over whole_year), 1) as season_index
from months
window whole_year as (partition by origin)
