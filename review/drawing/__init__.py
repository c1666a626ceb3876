"""How a plan looks: what is shown (`picture`, `edge`), where (`layout`), and how (`canvas`)."""
