"""Work in child processes: a folder a job, one queue, one state machine. Knows no kind of work by name."""
