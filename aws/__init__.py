"""One thin typed client an AWS service: what operations need and no more. boto3 is imported when a client is made."""
