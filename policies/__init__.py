"""The rules that a plan must satisfy, each with its reason.

They run over our own plans (`policies.evaluate`), and as a policy pack in Pulumi's engine (`policies.pack`).
"""
