select * from {{ ref('fct_delays') }} where dep_delay > {{ var('longest_delay') }}
