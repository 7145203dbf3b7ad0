-- severity: stop
-- why: Seat counts are multiplied into capacity figures; a zero or an absurd number spoils them silently.
select tail_number, manufacturer, model, seats
from aircraft
where seats is null or seats not between 1 and 853
