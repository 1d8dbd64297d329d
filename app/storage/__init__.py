"""Where media lie when several machines work together: a folder by default, object storage when one is configured."""
