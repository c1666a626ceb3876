"""The reference application: one image with several services and a worker.

It imports none of our other packages: it is a client of AWS and of PostgreSQL, like an application that others wrote.
"""
