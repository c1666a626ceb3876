"""One small typed client per AWS service, with the calls that operations need.

Every error of boto3 becomes one of our types (`aws.errors`). boto3 is imported when the first client is made.
"""
