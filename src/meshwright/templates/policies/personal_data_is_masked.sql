-- level: warn
-- why: A sandbox has production's data, and more people may make one than may see who a customer is.
-- fix: Add the column's classification to sandboxes.mask in mesh.yaml, or leave the column out of the port.
select address, file, line, 'personal data that sandboxes show as it is' as message
from mesh.columns
where port is not null and is_pii and not is_masked
