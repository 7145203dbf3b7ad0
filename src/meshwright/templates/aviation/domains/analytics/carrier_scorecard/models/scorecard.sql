-- One row per carrier: punctuality, reliability and fleet, with its place among all carriers.
with fleets as (
    select
        carrier,
        count(distinct departures.tail_number) as aircraft,
        round(avg(year(departures.flight_date) - aircraft.built_year), 1) as average_age_years,
        round(avg(aircraft.seats), 0) as average_seats
    from operations.flights.departures as departures
    inner join fleet.aircraft.aircraft as aircraft using (tail_number)
    group by carrier
),

worst_months as (
    select carrier, month as worst_month
    from monthly
    qualify row_number() over (partition by carrier order by average_delay_min desc, month) = 1
)

select
    punctuality.carrier,
    punctuality.carrier_name,
    punctuality.departures,
    punctuality.arrived_on_time_pct,
    punctuality.average_arrival_delay_min,
    round(
        100.0 * punctuality.cancellations / (punctuality.departures + punctuality.cancellations), 2
    ) as cancelled_pct,
    worst_months.worst_month,
    fleets.aircraft,
    fleets.average_age_years,
    fleets.average_seats,
    rank() over (order by punctuality.arrived_on_time_pct desc) as punctuality_rank
from operations.punctuality.by_carrier as punctuality
inner join worst_months using (carrier)
left join fleets using (carrier)
