"""The command line alone: a command parses, calls one function, renders, exits."""
