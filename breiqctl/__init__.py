"""The command line: a command parses its arguments, calls one function, prints the result and exits."""
