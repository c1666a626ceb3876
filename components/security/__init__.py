"""Keys, roles, the audit trail and threat detection."""
