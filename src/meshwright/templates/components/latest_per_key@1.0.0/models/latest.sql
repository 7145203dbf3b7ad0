select *
from rows as "the row"
qualify row_number() over (partition by $key order by $by desc nulls last, "the row") = 1
