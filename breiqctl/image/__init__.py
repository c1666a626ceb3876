"""The app's image: from its folder to an OCI layout with a bill of materials (docs/adr/0038-one-image.md)."""
