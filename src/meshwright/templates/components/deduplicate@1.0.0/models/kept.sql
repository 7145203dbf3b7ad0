select *
from rows as "the row"
qualify row_number() over (partition by $key order by $order, "the row") = 1
