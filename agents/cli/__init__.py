"""The `sla-monitor` command."""
