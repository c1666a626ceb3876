"""What concerns several services: records without a controller, refusals, names, what is left after a deletion."""
