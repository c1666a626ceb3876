"""A local cloud: AWS's API on loopback, with real processes behind it. It knows no estate; see DESIGN.md, section 6."""
