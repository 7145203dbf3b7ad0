-- level: warn
-- why: One spelling of names: nobody has to put them into quotes, or to look up how they are written here.
-- fix: Name the column in lower case with underscores: order_id.
select address, file, line, 'its name is not lower case letters, digits and underscores' as message
from mesh.columns
where port is not null and not regexp_matches(name, '^[a-z][a-z0-9_]*$')
