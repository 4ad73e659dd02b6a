"""S3-compatible storage, path style: enough for putting, getting, listing, deleting and presigned links."""
