"""The foundation stack: what both regions share, and what outlives each of them."""
