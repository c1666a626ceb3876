"""The program's side: Pulumi's resource monitor, registration of resources, and the lookups it asks for."""
