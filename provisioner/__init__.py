"""Runs a Pulumi program in this process against AWS's API, without the Pulumi CLI.

Knows no names of ours: any program, any project, any stack. Progress is events; nothing here prints.
"""
