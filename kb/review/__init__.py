"""What reviewers look at before a version is published."""
