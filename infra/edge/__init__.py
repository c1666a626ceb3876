"""The edge stack: distribution, web ACL, records, budgets, dashboards."""
