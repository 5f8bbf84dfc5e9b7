"""The APIs of Redshift: clusters, serverless workgroups, temporary credentials, the Data API."""
