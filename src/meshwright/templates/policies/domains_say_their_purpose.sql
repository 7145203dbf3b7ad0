-- level: warn
-- why: Who looks for data begins with the domains, and a name alone says little.
-- fix: Say in domain.yaml, in a sentence, what the domain is for.
select domain, file, line, 'its purpose says little: ' || coalesce(purpose, 'nothing') as message
from mesh.domains
where not regexp_matches(coalesce(purpose, ''), '\S+\s+\S+\s+\S+')
