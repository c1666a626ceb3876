"""Reads a plan and computes its cost, its diagram, and its coverage of the specification.

Pure: data in, data or text out. No AWS, no Pulumi.
"""
