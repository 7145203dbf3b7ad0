{{ config(materialized='ephemeral') }}
select * from {{ ref('stg_ops__departures') }} where dep_delay >= {{ var('min_delay') }}
