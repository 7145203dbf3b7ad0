-- level: warn
-- why: Before a port changes somebody has to be asked, and somebody who left cannot be.
-- fix: Name a team as owner of the consumer in consumers.yaml.
select port, file, line, kind || ' ' || consumer || ' is owned by ' || coalesce(owner, 'nobody') || ', not by a team' as message
from mesh.consumers
where owner is null or not starts_with(owner, 'team:')
