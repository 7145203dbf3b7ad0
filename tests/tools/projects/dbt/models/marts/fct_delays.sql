{{ config(materialized='incremental') }}
select carrier, origin, time_hour, dep_delay
from {{ ref('delayed') }}
{% if is_incremental() %} where time_hour > (select max(time_hour) from {{ this }}) {% endif %}
