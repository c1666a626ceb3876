"""What users reach first: the distribution, its policies, the web ACL, certificates, traffic records."""
