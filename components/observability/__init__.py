"""What shows how the service is: logs, metrics, alarms, objectives, canaries, dashboards, notices."""
