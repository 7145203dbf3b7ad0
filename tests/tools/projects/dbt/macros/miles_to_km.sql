{% macro miles_to_km(column) %}(round({{ column }} * 1.609344))::integer{% endmacro %}
