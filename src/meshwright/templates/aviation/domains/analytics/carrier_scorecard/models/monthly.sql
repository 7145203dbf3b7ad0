-- One row per carrier and month: volume, punctuality and cancellations.
with departed as (
    select
        carrier,
        cast(date_trunc('month', flight_date) as date) as month,
        count(*) as departures,
        count(*) filter (where is_late) as departed_late,
        avg(departure_delay_min) as average_delay_min
    from operations.flights.departures
    group by carrier, date_trunc('month', flight_date)
),

cancelled as (
    select
        carrier,
        cast(date_trunc('month', flight_date) as date) as month,
        count(*) as cancellations
    from operations.flights.cancellations
    group by carrier, date_trunc('month', flight_date)
)

select
    departed.carrier,
    departed.month,
    departed.departures,
    coalesce(cancelled.cancellations, 0) as cancellations,
    round(100.0 * departed.departed_late / departed.departures, 1) as departed_late_pct,
    round(departed.average_delay_min, 1) as average_delay_min
from departed
left join cancelled using (carrier, month)
