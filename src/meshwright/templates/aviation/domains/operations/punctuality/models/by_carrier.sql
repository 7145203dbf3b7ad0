-- One row per carrier: the year at a glance.
with departed as (
    select
        carrier,
        count(*) as departures,
        count(*) filter (where is_late) as departed_late
    from operations.flights.departures
    group by carrier
),

arrived as (
    select
        carrier,
        count(*) as arrivals,
        count(*) filter (where is_late) as arrived_late,
        avg(arrival_delay_min) as average_arrival_delay_min,
        avg(made_up_min) as average_made_up_min
    from operations.flights.arrivals
    group by carrier
),

cancelled as (
    select carrier, count(*) as cancellations
    from operations.flights.cancellations
    group by carrier
)

select
    carriers.carrier,
    carriers.name as carrier_name,
    departed.departures,
    arrived.arrivals,
    coalesce(cancelled.cancellations, 0) as cancellations,
    round(100.0 * (departed.departures - departed.departed_late) / departed.departures, 1) as departed_on_time_pct,
    round(100.0 * (arrived.arrivals - arrived.arrived_late) / arrived.arrivals, 1) as arrived_on_time_pct,
    round(arrived.average_arrival_delay_min, 1) as average_arrival_delay_min,
    round(arrived.average_made_up_min, 1) as average_made_up_min
from departed
inner join arrived using (carrier)
inner join reference.carriers.carriers as carriers using (carrier)
left join cancelled using (carrier)
