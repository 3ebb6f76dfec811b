"""The running processes: the Faust app, its agents, partition owners, timers and the command line."""
