"""What coordinators and operators do. Each function checks the role and writes its audit row."""
