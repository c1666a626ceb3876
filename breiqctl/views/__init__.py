"""What commands print: tables, plans, costs."""
