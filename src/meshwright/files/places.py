"""Names that files and folders of a mesh must have."""

from __future__ import annotations

#: The file at the root of every mesh.
MESH_FILE = "mesh.yaml"
#: The folder of policies, of the mesh and of a domain.
POLICIES_FOLDER = "policies"
#: The folder of components, of the mesh and of a domain.
COMPONENTS_FOLDER = "components"
