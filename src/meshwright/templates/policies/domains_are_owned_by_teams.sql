-- level: warn
-- why: People leave, and what one person alone owned is nobody's then.
-- fix: Name a team under owners in domain.yaml, for example team:sales.
select domain, file, line, 'no team owns it' as message
from mesh.domains
where not exists (from mesh.owners where owners.domain = domains.domain and owners.kind = 'team')
