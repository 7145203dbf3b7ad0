-- One row per origin and hour with departures: how it ran in that hour, and in the 24 hours up to it.
with hours as (
    select
        origin,
        scheduled_hour_utc,
        count(*) as departures,
        count(*) filter (where is_late) as departed_late,
        round(avg(departure_delay_min), 1) as average_delay_min
    from operations.flights.departures
    group by origin, scheduled_hour_utc
),

-- `lookback: 1d` in pipeline.yaml shows the day before the interval too, so that its first hours have their 24.
over_a_day as (
    select
        *,
        sum(departures) over last_24_hours as departures_24h,
        sum(departed_late) over last_24_hours as departed_late_24h
    from hours
    window last_24_hours as (
        partition by origin
        order by scheduled_hour_utc range between interval 23 hours preceding and current row
    )
)

select
    origin,
    scheduled_hour_utc,
    departures,
    departed_late,
    average_delay_min,
    round(100.0 * departed_late_24h / departures_24h, 1) as departed_late_24h_pct
from over_a_day
where scheduled_hour_utc >= $start
